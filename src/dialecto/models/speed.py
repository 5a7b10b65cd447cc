"""How fast a machine trains, as far as planning needs it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

# Of each accelerator's speed, what is left when several of one machine exchange gradients.
TOGETHER = 0.9


@dataclass(frozen=True)
class Trial:
    """FLOP/s of the same training steps in one of the ways in which they could be done."""

    precision: str
    threads: int
    flops: float


@dataclass(frozen=True)
class MachineSpeed:
    """Training FLOP/s that this machine reaches on models of a width, in `precision`.

    `matmul`: FLOP/s of large matrix products in that precision, the machine's peak; `memory`: bytes
    that training may fill. NaN and infinity when unknown. `trials`: what `precision` was chosen
    from, where it was measured.
    """

    device: str
    precision: str
    flops: Mapping[int, float]
    matmul: float = math.nan
    memory: float = math.inf
    trials: tuple[Trial, ...] = ()

    def of_processes(self, count: int, *, sharded: bool = False) -> MachineSpeed:
        """Of so many processes that train one model, each with an accelerator of its own.

        Processes without accelerators share the processor, whose threads one process uses
        already: they are no faster. sharded: weights are spread over them, and so is memory.
        """
        if count == 1 or self.device == "cpu":
            return self
        return replace(
            self,
            flops={width: count * TOGETHER * rate for width, rate in self.flops.items()},
            matmul=count * self.matmul,
            memory=self.memory * (count if sharded else 1),
        )

    def at(self, width: int) -> float:
        """FLOP/s at a width, by linear interpolation between those measured."""
        known = sorted(self.flops)
        if width <= known[0]:
            return self.flops[known[0]]
        for low, high in pairwise(known):
            if width <= high:
                share = (width - low) / (high - low)
                return self.flops[low] + share * (self.flops[high] - self.flops[low])
        return self.flops[known[-1]]
