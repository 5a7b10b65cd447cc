"""One of several processes that pretrain: `python -m dialecto.training.distributed.worker FILE`.

The file says what is to be trained (`launch.Task`). The first rank tells the process that
started it, line by line, how the run goes, and at the end how it went.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from dialecto.recipe import Budget, MachineSection, PretrainSection
from dialecto.runtime import DialectoError, Interrupted, StageContext
from dialecto.runtime.files import read_json, write_json
from dialecto.training.distributed.ranks import Ranks
from dialecto.training.distributed.relay import Relay

BACKENDS = {"cpu": "gloo", "cuda": "cpu:gloo,cuda:nccl"}


def main(path: Path) -> None:
    """Take part in the training that a file describes; what it raises for the user is written
    beside the file, since starting again would not mend it."""
    task = read_json(path)
    number, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    _write_to(Path(task["logs"]) / f"{number}.log")
    take_part_and_tell(task, number, count)


def take_part_and_tell(task: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """Take part as rank `number`; how it ended (`launch.tell_outcome`), which the first rank,
    and one that raises for the user, also write into the file `task["outcome"]`.

    The first says how the run goes in the file `task["messages"]`. Where an outcome is written
    already nothing is done: another of them has said why it ends.
    """
    if Path(task["outcome"]).is_file():
        return {}
    with ExitStack() as stack:
        context = StageContext(Path(task["work"]))
        if number == 0:
            relay = stack.enter_context(closing(Relay(Path(task["messages"]))))
            context = StageContext(Path(task["work"]), relay, relay.record)
        try:
            outcome: dict[str, Any] = {"result": take_part(task, context, number, count)}
        except Interrupted as stop:
            outcome = {"interrupted": str(stop.saved or "")}
        except DialectoError as error:
            outcome = {"error": str(error)}
    if number == 0 or "error" in outcome:
        write_json(Path(task["outcome"]), outcome)
    return outcome


def _write_to(log: Path) -> None:
    """What libraries print goes to a file, which is shown if this process dies."""
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


def take_part(
    task: Mapping[str, Any], context: StageContext, number: int, count: int, store: Any = None
) -> dict[str, float | int | str]:
    """Train as rank `number` of `count`; returns the stage's metrics, those of the first rank.

    store: where the ranks find each other, a torch Store; without it the environment says. Where
    they have found each other already, as under Ray, neither counts.
    """
    import torch
    import torch.distributed as dist

    from dialecto.training.stage import run

    if "threads" in task:  # else the launcher has said how many
        torch.set_num_threads(task["threads"])
    if not dist.is_initialized():
        backend = BACKENDS["cpu"]
        if torch.cuda.is_available():
            beside = number % torch.cuda.device_count()  # where MPI has filled machine by machine
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", beside)))
            backend = BACKENDS["cuda"]
        place = {} if store is None else {"store": store, "rank": number, "world_size": count}
        dist.init_process_group(backend, **place)
    try:
        section = PretrainSection.model_validate(task["section"])
        return run(
            context,
            {"tokenizer": Path(task["tokenizer"])},
            section=section,
            budget=Budget.model_validate(task["budget"]),
            machine=MachineSection.model_validate(task["machine"]),
            seed=task["seed"],
            ranks=Ranks(
                number,
                count,
                section.distribute.method,
                stop=Path(task["stop"]) if "stop" in task else None,
            ),
        )
    finally:
        if "deepspeed" in sys.modules:
            from dialecto.training.distributed.on_deepspeed import release

            release()
        dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
