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
import hashlib
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from dialecto import __version__
from dialecto.corpus.workers import Crew, TaskFunction, WorkerError, worker_count
from dialecto.recipe import CorpusSection
from dialecto.recipe.quantities import parse_bytes
from dialecto.runtime import DialectoError

ATTEMPTS = 5  # a chunk whose worker is lost this often is not to blame on the machines
_KNOCK_SECONDS, _LOOK_SECONDS = 10.0, 60.0
_OBJECT_STORE_BYTES = 80_000_000  # Ray's least: nothing large travels
# Set before Ray is imported. No usage statistics, no warning about a GPU nobody asked for.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}


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
        self._address, self._wanted = address, workers
        self._marker, self._inputs = marker, inputs
        self._folder: str | None = None
        self._joined = False
        self._pending: dict[Any, int] = {}

    def __enter__(self) -> Cluster:
        self._ray = _import_ray()
        try:
            self._join()
            self._look()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for reference in self._pending:
            with contextlib.suppress(Exception):
                self._ray.cancel(reference, force=True)
        self._pending = {}
        self._leave()

    def _join(self) -> None:
        if self._ray.is_initialized():  # by the program that calls us: its cluster is ours
            return
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "critical"}
        if self._address:
            options["address"] = self._address
        else:
            # Its password is this process' alone; Ray would leave one in the home folder. It
            # stays for the next cluster, because Ray remembers the first that it saw.
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
            # Short, because sockets lie in it; removed at the end with the logs that lie in it.
            self._folder = tempfile.mkdtemp(prefix="dialecto-ray-")
            options |= {
                "address": "local",
                "num_cpus": worker_count(self._wanted),
                "num_gpus": 0,
                "include_dashboard": False,
                "object_store_memory": _OBJECT_STORE_BYTES,
                "_temp_dir": self._folder,
                "_node_ip_address": "127.0.0.1",
            }
        try:
            _knock(self._address)  # Ray itself would wait for minutes
            with _own_sigterm():
                self._ray.init(**options)
        except Exception as error:
            reason = (str(error).strip().splitlines() or [""])[0].rstrip(".")
            raise DialectoError(
                f"cannot join the Ray cluster at {self._address or 'this machine'}: "
                f"{type(error).__name__}: {reason}. Check `corpus.address`: `auto` (the cluster "
                "that this machine is part of), `host:6379`, `ray://host:10001`, or nothing for "
                "a cluster on this machine alone."
            ) from error
        self._joined = True

    def _leave(self) -> None:
        if self._joined:
            with _own_sigterm():
                self._ray.shutdown()
            self._joined = False
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _look(self) -> None:
        """Asks every machine whether it sees our files and has this version of the program."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        look = self._ray.remote(num_cpus=0, max_retries=1)(_look_around)
        paths = [str(path) for path in self._inputs]
        asked = {}
        for node in self._ray.nodes():
            if node["Alive"] and node["Resources"].get("CPU"):
                there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                reference = look.options(scheduling_strategy=there).remote(str(self._marker), paths)
                asked[reference] = node["NodeManagerAddress"]
        if not asked:
            raise DialectoError("no machine of the Ray cluster has processors to work with")
        here = _look_around(str(self._marker), paths)
        for reference, machine in asked.items():
            try:
                there = self._ray.get(reference, timeout=_LOOK_SECONDS)
            except Exception as error:
                raise DialectoError(
                    f"machine {machine} of the Ray cluster cannot run dialecto "
                    f"({type(error).__name__}). Install this version there, with the same "
                    f"Python: pip install 'dialecto[cluster]=={__version__}'"
                ) from error
            for name, found in there.items():
                if found == here[name]:
                    continue
                if name == "dialecto":
                    raise DialectoError(
                        f"machine {machine} of the Ray cluster has dialecto {found}, this one "
                        f"{__version__}: install the same version everywhere"
                    )
                raise DialectoError(
                    f"machine {machine} of the Ray cluster does not see {name}. Project and "
                    "sources must lie in a folder that all machines share under the same name "
                    "(NFS or the like)."
                )

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


def _look_around(marker: str, paths: Sequence[str]) -> dict[str, str]:
    """What a machine has: the version of this program, and which of our files."""
    seen = {"dialecto": __version__, marker: _digest(marker)}
    return seen | {path: str(os.path.exists(path)) for path in paths}  # noqa: PTH110 - names only


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return "missing"


def _import_ray() -> Any:
    os.environ.update(_ENVIRONMENT)
    try:
        import ray
    except ImportError as error:
        raise DialectoError(
            "`engine: ray` needs Ray. Install it on every machine: pip install 'dialecto[cluster]'"
        ) from error
    return ray


def _knock(address: str) -> None:
    """Raises OSError when nobody answers at an address that names a host and a port."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()


@contextlib.contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray puts its own handler of SIGTERM in the place of the caller's; this puts it back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
