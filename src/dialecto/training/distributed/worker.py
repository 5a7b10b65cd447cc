"""One of several processes that pretrain: `python -m dialecto.training.distributed.worker FILE`.

The file says what is to be trained (`launch.Task`). The first rank tells the process that
started it, line by line, how the run goes, and at the end how it went.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialecto.recipe import Budget, MachineSection, PretrainSection
from dialecto.runtime import DialectoError, Interrupted, StageContext
from dialecto.runtime.files import read_json, write_json
from dialecto.training.distributed.ranks import Ranks
from dialecto.training.distributed.relay import Relay


def main(path: Path) -> None:
    """Take part in the training that a file describes; what it raises for the user is written
    beside the file, since starting again would not mend it."""
    task = read_json(path)
    if Path(task["outcome"]).is_file():
        return  # another of them has said why it ends
    number, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    _write_to(Path(task["logs"]) / f"{number}.log")
    context = StageContext(Path(task["work"]))
    if number == 0:
        relay = Relay(Path(task["messages"]))
        context = StageContext(Path(task["work"]), relay, relay.record)
    try:
        result = take_part(task, context, number, count)
    except Interrupted as stop:
        outcome: dict[str, Any] = {"interrupted": str(stop.saved or "")}
    except DialectoError as error:
        outcome = {"error": str(error)}
    else:
        outcome = {"result": result}
    if number == 0 or "error" in outcome:
        write_json(Path(task["outcome"]), outcome)


def _write_to(log: Path) -> None:
    """What libraries print goes to a file, which is shown if this process dies."""
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


def take_part(
    task: Mapping[str, Any], context: StageContext, number: int, count: int, store: Any = None
) -> dict[str, float | int | str]:
    """Train as rank `number` of `count`; returns the stage's metrics, those of the first rank.

    store: where the ranks find each other, a torch Store; without it the environment says.
    """
    import torch
    import torch.distributed as dist

    from dialecto.training.stage import run

    if "threads" in task:  # else the launcher has said how many
        torch.set_num_threads(task["threads"])
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
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
            ranks=Ranks(number, count, section.distribute.engine),
        )
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
