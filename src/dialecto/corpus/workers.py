"""A pool of processes in which a broken document costs only itself.

Each worker is a fresh interpreter that speaks over its standard streams, so it inherits no
threads and needs no ``if __name__ == "__main__"`` in the caller's script. A worker that
crashes, or that stays on one unit (a file, a document) longer than the unit's limit, is
replaced; its task is done again without that unit. Workers end when their parent does,
however it ended, and leave Ctrl-C to the parent.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from tempfile import TemporaryFile
from typing import Any

from dialecto.corpus.deadline import Deadline
from dialecto.corpus.worker_process import send
from dialecto.runtime import DialectoError

# unit(index, seconds): the worker says which unit it begins and how long that may take.
Unit = Callable[[int, float], None]
# function(task, lost, unit): `lost` maps units that killed a worker to "timeout" or "crashed".
TaskFunction = Callable[[Any, dict[int, str], Unit], Any]


@dataclass(frozen=True)
class Named:
    """A task's function by its name, imported where it is called: not by who hands tasks out."""

    module: str
    name: str

    def __call__(self, task: Any, lost: dict[int, str], unit: Unit) -> Any:
        return getattr(import_module(self.module), self.name)(task, lost, unit)


# What a worker and the main process hold at most in a corpus of ordinary documents, with the
# models of personal data and of languages; measured by benchmarks/corpus_memory.py, and a margin.
WORKER_BYTES, MAIN_BYTES = 500e6, 500e6
START_SECONDS = 120.0  # to import libraries on a busy machine
_KILLED, _KILLS = (-9, -15), 3  # SIGKILL and SIGTERM as exit status; more than that is no chance
_LAUNCH = "from dialecto.corpus.worker_process import serve; serve()"


class WorkerError(DialectoError):
    """A step failed in a worker for a reason that is not one document's."""


@dataclass
class _Job:
    index: int
    task: Any
    lost: dict[int, str] = field(default_factory=dict)
    # How often the worker was killed from outside (by hand, for want of memory) on each unit.
    killed: Counter[int | None] = field(default_factory=Counter)


def worker_count(wanted: int, memory: float = 0.0) -> int:
    """Processes to use: as many as wanted, or one for each core this process may use.

    memory: bytes that these and the main process may hold; 0 for four fifths of the machine's.
    No more are used than that is enough for, and at least one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    enough = ((memory or 0.8 * _machine_memory()) - MAIN_BYTES) / WORKER_BYTES
    return max(1, int(min(wanted or cores or 1, enough)))


def _machine_memory() -> float:
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # not on this system
        return float("inf")


class Crew:
    """Worker processes that live as long as the `with` block, started when there is work."""

    def __init__(self, workers: int) -> None:
        self._workers = [_Worker() for _ in range(workers)]

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self._workers:
            worker.stop()

    def run(self, function: TaskFunction, tasks: Sequence[Any]) -> Iterator[int]:
        """Does ``function(task, lost, unit)`` for each task; yields the tasks' indices.

        They come in the order in which they are done. `function` is importable by name and
        leaves its result in a file. Raises WorkerError when a task raises.
        """
        waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        for index, task in enumerate(tasks):
            waiting.put(_Job(index, task))
        for worker in self._workers[: len(tasks)]:
            worker.begin(function, waiting, done)
        for _ in tasks:
            kind, value = done.get()
            if kind == "failed":
                raise WorkerError(str(value))
            yield int(value)


class _Worker:
    """A worker process, and the thread of this process that feeds and watches it."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.stopped = self.timed_out = False
        self.lock = threading.Lock()
        self.deadline = Deadline(self._expire)
        self.thread: threading.Thread | None = None

    def begin(
        self,
        function: TaskFunction,
        waiting: queue.SimpleQueue[_Job],
        done: queue.SimpleQueue[tuple[str, Any]],
    ) -> None:
        """Works on what is waiting until nothing is. The process stays for the next time."""
        if self.thread:
            self.thread.join()
        self.function, self.waiting, self.done = function, waiting, done
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            self._kill()
        if self.thread:
            self.thread.join(timeout=10)
        self.deadline.close()
        self._end_process()

    def _kill(self) -> None:
        if self.process:
            with suppress(OSError):
                self.process.kill()

    def _expire(self) -> None:
        self.timed_out = True
        self._kill()

    def _work(self) -> None:
        try:
            while not self.stopped:
                try:
                    job = self.waiting.get_nowait()
                except queue.Empty:
                    break
                while not self.stopped and not self._attempt(job):
                    pass
        except BaseException as error:
            self.done.put(("failed", f"{type(error).__name__}: {error}"))

    def _attempt(self, job: _Job) -> bool:
        """One try at a task. False: a unit killed the worker and is noted in `job.lost`."""
        process = self.process or self._start()
        assert process.stdin
        unit: int | None = None
        limit = START_SECONDS
        try:
            send(process.stdin, (self.function, job.task, job.lost))
            while True:
                kind, value = self._receive(process, limit)
                if kind == "unit":
                    unit, limit = value
                    continue
                self.done.put((kind, job.index if kind == "done" else value))
                return True
        except (EOFError, OSError, pickle.UnpicklingError):
            reason = "timeout" if self.timed_out else "crashed"
            complaint, status = self._end_process()
            if self.stopped:
                return False
            if status in _KILLED and not self.timed_out:
                # Not the document's doing, unless it happens again on the same one.
                job.killed[unit] += 1
                if job.killed[unit] < _KILLS:
                    return False
            if unit is None or unit in job.lost:
                raise WorkerError(
                    f"a worker process {reason} before its first document. {complaint}".strip()
                ) from None
            job.lost[unit] = reason
            return False

    def _receive(self, process: subprocess.Popen[bytes], limit: float) -> tuple[str, Any]:
        """The next message; the process is killed if none comes within `limit` seconds."""
        assert process.stdout
        self.deadline.set(limit)
        try:
            message: tuple[str, Any] = pickle.load(process.stdout)
            return message
        finally:
            self.deadline.clear()

    def _start(self) -> subprocess.Popen[bytes]:
        one_thread = dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"),
            "1",
        )
        paths = os.pathsep.join(path for path in sys.path if path)
        self.complaints = TemporaryFile()  # noqa: SIM115 - closed in _end_process
        with self.lock:
            if self.stopped:
                raise WorkerError("stopped")
            self.timed_out = False
            self.process = subprocess.Popen(
                [sys.executable, "-c", _LAUNCH],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.complaints,
                env={**os.environ, **one_thread, "PYTHONPATH": paths},
            )
            return self.process

    def _end_process(self) -> tuple[str, int]:
        """Ends the process; the last line it wrote on standard error, and its exit status."""
        process, self.process = self.process, None
        if process is None:
            return "", 0
        # It closed its end of the conversation, so it is ending: how, is worth a moment.
        with suppress(subprocess.TimeoutExpired):
            process.wait(0 if self.stopped else 1.0)
        with suppress(OSError):
            process.kill()
        status = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                with suppress(OSError):
                    stream.close()
        self.complaints.seek(0)
        lines = self.complaints.read().decode("utf-8", "replace").strip().splitlines()
        self.complaints.close()
        return lines[-1] if lines else "", status
