"""How fast a machine trains, as far as planning needs it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class MachineSpeed:
    """Training FLOP/s that this machine reaches on models of a width, in `precision`.

    `matmul`: FLOP/s of large matrix products in that precision, the machine's peak; `memory`: bytes
    that training may fill. NaN and infinity when unknown.
    """

    device: str
    precision: str
    flops: Mapping[int, float]
    matmul: float = math.nan
    memory: float = math.inf

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
