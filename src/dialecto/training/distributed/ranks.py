"""The processes that train one model together, as the loop sees them.

Each batch is the one that a single process would take; rank r of N takes its rows r, r+N, ...
Gradients are averaged over the ranks by DDP, FSDP or DeepSpeed, so each rank's objective is N times
its share of the sum over the *global* number of predictions: the average is the gradient of one
process. What a decision rests on (the loss, the clock, a request to stop) is made the same on
all ranks first, for a rank that decides alone would leave the others waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dialecto.training.pieces import IGNORED, Batch


@dataclass(frozen=True)
class Ranks:
    """This process among `count`. `engine`: `ddp`, `fsdp` or `deepspeed`; `within`: the module
    through which it sees forward passes (`sharding.distribute`, `on_deepspeed.slice_optimizer`);
    `stop`: a file whose appearance asks to stop, where signals do not come."""

    number: int = 0
    count: int = 1
    engine: str = "none"
    within: Any = None
    stop: Path | None = None

    @property
    def first(self) -> bool:
        """Whether this process writes the journal, the checkpoints and the model."""
        return self.number == 0

    def share(self, batch: Batch) -> Batch:
        """This rank's rows, as many as each other rank's.

        Where the rows do not suffice, the batch's first is read again and counts for nothing.
        """
        if self.count == 1:
            return batch
        rows = len(batch.inputs)
        each = -(-rows // self.count)
        mine = np.arange(self.number, each * self.count, self.count)
        arrays: dict[str, Any] = batch.arrays(np.where(mine < rows, mine, 0))
        arrays["targets"][mine >= rows] = IGNORED
        return Batch(**arrays)

    def seed(self, step: int) -> int:
        """Of dropout's draws; the first rank's is what one process has."""
        return step + (self.number << 40)

    def loss(self, model: Any, work: Callable[..., Any], **tensors: Any) -> Any:
        """`work(model, **tensors)`, with the gradients' exchange prepared by the engine."""
        return work(model, **tensors) if self.within is None else self.within(work, **tensors)

    def read(self, model: Any, work: Callable[[Any], Any]) -> Any:
        """`work(model)` without gradients, such as a held-out loss, by all ranks alike."""
        if self.engine != "fsdp":
            return work(model)
        import torch
        from torch.distributed.fsdp import FSDPModule

        with torch.no_grad():
            found = self.within(work)
        for module in self.within.modules():  # after backward passes FSDP does it itself
            if isinstance(module, FSDPModule):
                module.reshard()
        return found

    def collecting(self, last: bool) -> AbstractContextManager[Any]:
        """Around a backward pass: before the last of a step gradients stay where they are."""
        if self.engine == "ddp" and not last:
            waiting: AbstractContextManager[Any] = self.within.no_sync()
            return waiting
        return nullcontext()  # the others add up their slices after each

    def sum(self, value: float) -> float:
        """Over all ranks."""
        if self.count == 1:
            return value
        import torch
        import torch.distributed as dist

        total = torch.tensor(value, dtype=torch.float64)
        dist.all_reduce(total)
        return float(total)

    def any(self, flag: bool) -> bool:
        """Whether it is so on any rank."""
        return bool(self.sum(float(flag)))

    def stopped(self, asked: bool) -> bool:
        """Whether any rank has been asked to stop."""
        told = self.first and self.stop is not None and self.stop.exists()
        return self.any(asked or told)

    def same(self, value: float) -> float:
        """The first rank's value."""
        return value if self.count == 1 else self.sum(value if self.first else 0.0)

    def clock(self) -> float:
        """The first rank's `time.monotonic()`."""
        return self.same(time.monotonic())

    def barrier(self) -> None:
        """Wait for all."""
        self.sum(0.0)


SOLO = Ranks()
