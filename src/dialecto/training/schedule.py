"""Learning rates and momentum over the steps of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

# Share of the peak rate at the last step, where the recipe does not say.
FINAL_SHARES = {"wsd": 0.05, "cosine": 0.1, "linear": 0.0}


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, then by kind; all in steps.

    `wsd` (warm-up, stable, decay) stays at the peak rate and falls in a line from `cool_from`;
    `linear` and `cosine` [arXiv 1608.03983, without restarts] fall from the end of the warm-up.
    `left` is the share of the fall that is still to come at `cool_from`: 1, unless a run was
    given another length when its fall had already begun.
    """

    kind: str
    steps: int
    warm: int
    cool_from: int
    floor: float
    left: float = 1.0

    def rate(self, step: int) -> float:
        """Share of the peak rate at a step counted from 0; 0 < rate <= 1 while it is running."""
        rising = (step + 1) / self.warm
        if step < self.cool_from:
            return min(1.0, rising)
        left = self.left_at(step)
        height = (1.0 - math.cos(math.pi * left)) / 2 if self.kind == "cosine" else left
        return min(rising, self.floor + (1.0 - self.floor) * height)

    def left_at(self, step: int) -> float:
        """The share of the fall that is still to come."""
        if step < self.cool_from:
            return 1.0
        return self.left * ((self.steps - step) / max(self.steps - self.cool_from, 1))

    def momentum(self, step: int) -> float:
        """Muon's momentum: 0.85 rising to 0.95 over the first tenth of the run."""
        ramp = max(self.steps // 10, 1)
        return 0.85 + 0.10 * min(step / ramp, 1.0)

    def resized(self, step: int, steps: int, cooldown: float) -> Schedule:
        """The same schedule made to end at `steps`, seen from `step`: rates never jump.

        A fall that has begun goes on from where it is, faster or slower; `cooldown` is the
        share of steps of a `wsd` whose fall is still to come.
        """
        if step >= self.cool_from:
            return replace(self, steps=steps, cool_from=step, left=self.left_at(step))
        if self.kind == "wsd":
            return replace(self, steps=steps, cool_from=max(steps - round(steps * cooldown), step))
        return replace(self, steps=steps, cool_from=min(self.cool_from, steps - 1))


def make_schedule(
    steps: int,
    warmup: float,
    cooldown: float,
    kind: str = "wsd",
    final_rate: float | None = None,
) -> Schedule:
    """A schedule from shares of its steps; `cooldown` is only of `wsd`."""
    warm = max(round(steps * warmup), 1)
    cool_from = steps - round(steps * cooldown) if kind == "wsd" else warm
    floor = FINAL_SHARES[kind] if final_rate is None else final_rate
    return Schedule(kind, steps, warm, cool_from, floor)
