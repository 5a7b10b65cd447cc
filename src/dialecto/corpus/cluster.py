"""The workers of many machines: the same functions as `workers.Crew`, as tasks of a Ray cluster.

Chosen by `engine: ray`. What travels is a task's description; documents are read from and
results written to a folder that all machines see, as on one machine. Within a Ray task the
function runs in a process of its own below it (a Crew of one), so that a document that hangs or
crashes costs only itself here too. A Ray worker or a machine that is lost costs a repetition of
its chunks: Ray gives them to another, and files appear under their names only when whole. Why
tasks and not Ray Data: docs/decisions/021-ray-tasks.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from dialecto.corpus.workers import Crew, TaskFunction, WorkerError, worker_count
from dialecto.recipe import CorpusSection
from dialecto.recipe.quantities import parse_bytes
from dialecto.runtime.cluster import Membership, look

ATTEMPTS = 5  # a chunk whose worker is lost this often is not to blame on the machines


class Workers(Protocol):
    """What does the stage's tasks: `workers.Crew` here, or a `Cluster` elsewhere."""

    def run(self, function: TaskFunction, tasks: Sequence[Any]) -> Iterator[int]:
        """Does ``function(task, lost, unit)`` for each task; yields indices as they are done."""
        ...


@contextlib.contextmanager
def hired(section: CorpusSection, marker: Path, inputs: Sequence[Path] = ()) -> Iterator[Workers]:
    """The workers that the recipe asks for, for as long as the block lasts.

    `marker` is a file in the folder between the passes, `inputs` are some of the files to be
    read: on other machines they must be there under the same names. Raises DialectoError when
    they are not, or when there is no cluster at `section.address`.
    """
    if section.engine == "ray":
        with Cluster(section.address, section.workers, marker, inputs) as cluster:
            yield cluster
    else:
        memory = parse_bytes(section.memory) if section.memory else 0.0
        with Crew(worker_count(section.workers, memory)) as crew:
            yield crew


class Cluster:
    """A Ray cluster: one that runs at an address, or one on this machine for this run alone."""

    def __init__(
        self, address: str, workers: int, marker: Path, inputs: Sequence[Path] = ()
    ) -> None:
        self._wanted, self._marker, self._inputs = workers, marker, inputs
        self._membership = Membership(address, cpus=worker_count(workers), setting="corpus.address")
        self._pending: dict[Any, int] = {}

    def __enter__(self) -> Cluster:
        self._ray = self._membership.__enter__()
        try:
            look(self._ray, self._marker, self._inputs)
        except BaseException:
            self._membership.leave()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for reference in self._pending:
            with contextlib.suppress(Exception):
                self._ray.cancel(reference, force=True)
        self._pending = {}
        self._membership.leave()

    def run(self, function: TaskFunction, tasks: Sequence[Any]) -> Iterator[int]:
        """Does ``function(task, lost, unit)`` for each task; yields indices as they are done.

        Raises WorkerError when a task raises, or when its worker is lost `ATTEMPTS` times.
        """
        work = self._ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1, retry_exceptions=False)(_work)
        waiting = iter(enumerate(tasks))
        more = True
        while True:
            # A few more than can run at once: a machine never waits, and an end is quick.
            while more and len(self._pending) < self._at_once():
                index, task = next(waiting, (-1, None))
                if more := index >= 0:
                    self._pending[work.remote(function, task)] = index
            if not self._pending:
                return
            ready, _ = self._ray.wait(list(self._pending), num_returns=1)
            for reference in ready:
                index = self._pending.pop(reference)
                try:
                    problem = self._ray.get(reference)
                except Exception as error:  # Ray's own: the worker is gone once too often
                    raise WorkerError(
                        f"the Ray cluster lost the worker of chunk {index} {ATTEMPTS} times "
                        f"({type(error).__name__}). Has a machine too little memory?"
                    ) from error
                if problem:
                    raise WorkerError(problem)
                yield index

    def _at_once(self) -> int:
        if self._wanted:
            return self._wanted
        return max(2, 2 * int(self._ray.cluster_resources().get("CPU", 1)))


# The process below a Ray worker; it lives as long as the worker, so libraries are loaded once.
_below: Crew | None = None


def _work(function: TaskFunction, task: Any) -> str:
    """One task in a Ray worker; what went wrong, or nothing."""
    global _below
    if _below is None:
        _below = Crew(1)
    try:
        for _ in _below.run(function, [task]):
            pass
    except WorkerError as error:
        return str(error)
    return ""
