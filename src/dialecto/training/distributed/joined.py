"""Ranks that another launcher started: `torchrun`, `accelerate launch`, `mpirun`, on one machine
or many.

Every rank runs the same command. The first does all the work of a project and writes all there
is to write; the others wait until it comes to a training, take part in it, and wait again. They
find each other through the launcher's TCP store (MASTER_ADDR, MASTER_PORT).
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from dialecto.runtime import DialectoError, StageContext

_PLACE = ("MASTER_ADDR", "MASTER_PORT")
# (rank, number of ranks) as torchrun, Open MPI, MPICH and Intel MPI, MVAPICH2 tell them.
_NUMBERS = (
    ("RANK", "WORLD_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
)
_MEET = timedelta(minutes=10)  # between the first rank that is there and the last
_LEAVE_SECONDS = 30.0
_LOOK_SECONDS = 0.2


def started_as() -> tuple[int, int] | None:
    """(this rank, how many there are), if a launcher has started this process as one of several."""
    if not all(map(os.environ.get, _PLACE)):
        return None
    for names in _NUMBERS:
        if all(map(os.environ.get, names)):
            number, count = (int(os.environ[name]) for name in names)
            return (number, count) if count > 1 else None
    return None


def left_alone() -> bool:
    """Whether `accelerate launch` was asked for several processes and started this one only.

    With `--cpu` it leaves the starting to MPI, and without `--mpirun_hostfile` nobody does it; it
    names the meeting place all the same.
    """
    told = "ACCELERATE_MIXED_PRECISION" in os.environ and all(map(os.environ.get, _PLACE))
    return told and not any(os.environ.get(rank) for rank, _ in _NUMBERS)


def is_helper() -> bool:
    """Whether this process was started with others and is not the first of them."""
    who = started_as()
    return who is not None and who[0] > 0


@dataclass
class Party:
    """This process among those that were started with it. `store`: a torch Store that all see."""

    number: int
    count: int
    store: Any
    trainings: int = field(default=0)

    def lead(self, context: StageContext, task: dict[str, Any]) -> dict[str, float | int | str]:
        """Of the first rank: train what the task describes, together with all others."""
        from dialecto.training.distributed.worker import take_part

        self._post({"task": task})
        return take_part(task, context, self.number, self.count, self._meeting())

    def help(self) -> None:
        """Of the others: take part in each training until the first rank has ended."""
        while "task" in (call := self._next()):
            try:
                self._help(call["task"])
            except (DialectoError, RuntimeError):
                # As a rule the first rank has raised it too, or it is gone from a collective.
                if not self._has_ended(_LEAVE_SECONDS):
                    raise
                break
        self.store.set(f"left/{self.number}", "")

    def end(self) -> None:
        """Of the first rank: let the others go. Waits a little, since it may hold the store."""
        self._post({"end": True})
        keys = [f"left/{number}" for number in range(1, self.count)]
        deadline = time.monotonic() + _LEAVE_SECONDS
        while not self.store.check(keys) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)

    def _help(self, task: dict[str, Any]) -> None:
        from dialecto.training.distributed.worker import take_part

        plan = Path(task["work"]) / "plan.json"
        deadline = time.monotonic() + _LEAVE_SECONDS
        while not plan.is_file():  # a shared folder may be slow to show a new file
            if time.monotonic() > deadline:
                raise DialectoError(
                    f"rank {self.number} does not see {plan}. The project must lie in a folder "
                    "that all machines share under the same name (NFS or the like)."
                )
            time.sleep(_LOOK_SECONDS)
        take_part(task, StageContext(plan.parent), self.number, self.count, self._meeting())

    def _meeting(self) -> Any:
        """A store for this training alone."""
        from torch.distributed.distributed_c10d import PrefixStore

        self.trainings += 1
        return PrefixStore(f"training/{self.trainings}", self.store)

    def _post(self, call: dict[str, Any]) -> None:
        self.store.set(f"call/{self.trainings}", json.dumps(call))

    def _next(self) -> dict[str, Any]:
        """What the first rank says; it may be hours until then."""
        while not self._has_said():
            time.sleep(_LOOK_SECONDS)
        return dict(json.loads(self.store.get(f"call/{self.trainings}")))

    def _has_said(self) -> bool:
        return bool(self.store.check([f"call/{self.trainings}"]))

    def _has_ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        try:
            while not self._has_said():
                if time.monotonic() > deadline:
                    return False
                time.sleep(_LOOK_SECONDS)
        except RuntimeError:  # the store went with the first rank
            pass
        return True


_party: Party | None = None  # one for a process, as its rank is


def party() -> Party | None:
    """This process' party, while `joined` lasts."""
    return _party


@contextmanager
def joined() -> Iterator[Party | None]:
    """Within the block this process belongs to those it was started with; None if it is alone.

    The first rank lets the others go at its end. Raises DialectoError when one does not come.
    """
    global _party
    who = started_as()
    if who is None or _party is not None:
        yield _party
        return
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    store, number, count = next(iter(rendezvous("env://", *who, timeout=_MEET)))
    _party = Party(number, count, PrefixStore(meet(store, number, count), store))
    try:
        yield _party
    finally:
        leaving, _party = _party, None
        if number == 0:
            leaving.end()


def meet(store: Any, number: int, count: int, patience: timedelta = _MEET) -> str:
    """A name for this round that all ranks know and no earlier round had.

    A launcher that starts processes again may keep its store, and with it what dead processes
    wrote. So each rank says a random word, the first answers every word that it hears with the
    name, and counts who has thanked for this very name: an answer to a dead rank's word is never
    thanked for. Raises DialectoError after `patience`.
    """
    word = uuid.uuid4().hex
    if number:
        store.set(f"dialecto/word/{number}", word)
        try:
            store.wait([f"dialecto/answer/{word}"], patience)
        except RuntimeError as error:
            raise DialectoError("the first rank did not come; look at its output") from error
        name = str(store.get(f"dialecto/answer/{word}").decode())
        store.set(f"dialecto/thanks/{name}/{number}", "")
        return f"dialecto/{name}"
    missing, deadline = list(range(1, count)), time.monotonic() + patience.total_seconds()
    while missing:
        if time.monotonic() > deadline:
            raise DialectoError(f"ranks {missing} of {count} did not come; look at their output")
        for other in missing:
            if store.check([f"dialecto/word/{other}"]):
                heard = store.get(f"dialecto/word/{other}").decode()
                store.set(f"dialecto/answer/{heard}", word)
        time.sleep(0.05)
        missing = [n for n in missing if not store.check([f"dialecto/thanks/{word}/{n}"])]
    return f"dialecto/{word}"
