"""Start the processes of a run on this machine, and start them again when one dies.

By torch's elastic launcher, which `torchrun` is too. A process that dies takes the others down;
all are started again and go on from the newest checkpoint. Each round has a launcher, a port and
a store of its own: torch's launcher would give the second round the first one's store, in which
lie the addresses of processes that are dead (docs/decisions/055-a-round-of-its-own.md).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dialecto.recipe import Budget, MachineSection, PretrainSection
from dialecto.runtime import DialectoError, Interrupted, StageContext
from dialecto.runtime.files import read_json, write_json
from dialecto.training.distributed.joined import party
from dialecto.training.distributed.on_deepspeed import check_deepspeed
from dialecto.training.distributed.relay import heard

GRACE_SECONDS = 60  # to write a checkpoint in when the run is stopped
_TOLD = 12  # lines of what a process said before it died


def process_count(section: PretrainSection) -> int:
    """Processes on this machine, or in the Ray cluster.

    Raises DialectoError when more are asked for than this machine has accelerators for.
    """
    wanted, devices = section.distribute.processes, torch.cuda.device_count()
    if section.distribute.engine == "ray" and wanted != "auto":
        return wanted  # there, as many as are asked for
    if wanted == "auto":
        return max(devices, 1)
    if devices and wanted > devices:
        raise DialectoError(
            f"`pretrain.distribute.processes` is {wanted}, but this machine has {devices} "
            "accelerators: each process needs one of its own"
        )
    return wanted


@dataclass(frozen=True)
class Task:
    """What is to be trained: the stage's arguments. The plan is in the work folder."""

    tokenizer: Path
    section: PretrainSection
    budget: Budget
    machine: MachineSection
    seed: int


def train_together(context: StageContext, task: Task) -> dict[str, float | int | str]:
    """Pretrain in several processes as `context.work/plan.json` says; the stage's metrics.

    In those that a launcher started with this one, in Ray's workers, or else in processes that it
    starts. How many they are is recorded there: sums of floats depend on how they are shared out.
    Raises Interrupted after a checkpoint on SIGINT or SIGTERM, and DialectoError when processes
    died more often than `distribute.restarts` allows, or DeepSpeed is wanted and missing.
    """
    if task.section.distribute.engine == "deepspeed":
        check_deepspeed()
    others = party()
    count = others.count if others else process_count(task.section)
    plan = context.work / "plan.json"
    engine = task.section.distribute.engine
    write_json(plan, {**read_json(plan), "engine": engine, "processes": count})
    if engine == "ray":
        from dialecto.training.distributed.on_ray import train_on_ray

        return train_on_ray(context, task, count)
    if others:
        return others.lead(context, describe(context.work, task))
    folder = Path(tempfile.mkdtemp(prefix="dialecto-ranks-"))
    try:
        files = {
            "messages": str(folder / "messages"),
            "outcome": str(folder / "outcome.json"),
            "logs": str(folder),
            "threads": max(torch.get_num_threads() // count, 1),
        }
        write_json(folder / "task.json", {**describe(context.work, task), **files})
        with heard(folder / "messages", context), _own_signals():
            _run_rounds(folder, context, task.section.distribute.restarts, count)
        return tell_outcome(read_outcome(folder / "outcome.json"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def describe(work: Path, task: Task) -> dict[str, Any]:
    """What `worker.take_part` needs to know, as plain data."""
    return {
        "work": str(work.resolve()),
        "tokenizer": str(task.tokenizer.resolve()),
        "section": task.section.model_dump(mode="json", exclude_unset=True),
        "budget": task.budget.model_dump(mode="json"),
        "machine": task.machine.model_dump(mode="json"),
        "seed": task.seed,
    }


def read_outcome(path: Path) -> dict[str, Any]:
    """How a run ended, as a rank wrote it; nothing where none did."""
    return dict(read_json(path)) if path.is_file() else {}


def tell_outcome(outcome: Mapping[str, Any]) -> dict[str, float | int | str]:
    """A run's metrics from how it ended; raises what its rank raised."""
    if not outcome:
        raise DialectoError("the training's processes ended without a result; run again")
    if "interrupted" in outcome:
        raise Interrupted(Path(outcome["interrupted"]) if outcome["interrupted"] else None)
    if "error" in outcome:
        raise DialectoError(outcome["error"])
    return dict(outcome["result"])


def _run_rounds(folder: Path, context: StageContext, restarts: int, count: int) -> None:
    """Start the processes until a round ends with an outcome, `restarts` times again at most."""
    outcome = folder / "outcome.json"
    for left in range(restarts, -1, -1):
        died = _run_round(folder, count)
        if died and outcome.is_file() and "interrupted" in read_json(outcome):
            outcome.unlink()  # by the launcher, when it took down the others: nobody asked for it
        if outcome.is_file() or died is None:  # one of them said why
            return
        if left == 0:
            raise DialectoError(
                f"{died.told}, and had been started again {restarts} times "
                f"(`pretrain.distribute.restarts`). It last said:\n{_last_words(died.log)}\n"
                "The last checkpoint is kept: run again to go on from it."
            )
        context.progress.note(f"pretrain: {died.told}; all {count} are started again")


@dataclass(frozen=True)
class _Death:
    """Of the first process that died in a round; `log`: what it wrote."""

    told: str
    log: Path


def _run_round(folder: Path, count: int) -> _Death | None:
    """All processes from their start to their end."""
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, launch_agent

    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        monitor_interval=0.2,
        shutdown_timeout=GRACE_SECONDS,
        logs_specs=DefaultLogsSpecs(log_dir=str(folder / "logs")),
    )
    if sys.platform == "linux":  # what the processes tell each other stays on this machine
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    program = ["-m", "dialecto.training.distributed.worker", str(folder / "task.json")]
    try:
        launch_agent(config, sys.executable, program)
    except SignalException as stop:
        if not (folder / "outcome.json").is_file():
            raise Interrupted from stop
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        told = f"process {rank} of {count} died (exit code {failure.exitcode})"
        return _Death(told, folder / f"{rank}.log")
    return None


def _last_words(log: Path) -> str:
    """The end of what a process wrote."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return "\n".join(text.strip().splitlines()[-_TOLD:]) or "(nothing)"


@contextmanager
def _own_signals() -> Iterator[None]:
    """The launcher puts its own handlers in the place of the caller's; this puts them back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
