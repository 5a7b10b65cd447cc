"""Learning rates and momentum over the steps of a run."""

from __future__ import annotations

from dataclasses import dataclass

FINAL_SHARE = 0.05  # of the peak rate, at the last step


@dataclass(frozen=True)
class Trapezoid:
    """Linear warm-up, plateau, linear cooldown (warm-up, stable, decay), all in steps.

    The cooldown begins at `cool_from` at `cool_rate`, which is 1 unless a run was shortened
    when its cooldown had already begun.
    """

    steps: int
    warm: int
    cool_from: int
    cool_rate: float = 1.0

    def rate(self, step: int) -> float:
        """Share of the peak rate at a step counted from 0; 0 < rate <= 1."""
        rising = (step + 1) / self.warm
        if step < self.cool_from:
            return min(self.cool_rate, rising)
        left = (self.steps - step) / max(self.steps - self.cool_from, 1)
        return min(rising, FINAL_SHARE + (self.cool_rate - FINAL_SHARE) * left)

    def momentum(self, step: int) -> float:
        """Muon's momentum: 0.85 rising to 0.95 over the first tenth of the run."""
        ramp = max(self.steps // 10, 1)
        return 0.85 + 0.10 * min(step / ramp, 1.0)

    def shortened(self, step: int, steps: int, cooldown: float) -> Trapezoid:
        """The same schedule made to end at `steps`, seen from `step`: rates never jump up."""
        cool_from = max(steps - round(steps * cooldown), step)
        return Trapezoid(steps, self.warm, cool_from, max(self.rate(step), FINAL_SHARE))


def trapezoid(steps: int, warmup: float, cooldown: float) -> Trapezoid:
    """A schedule from shares of its steps."""
    return Trapezoid(steps, max(round(steps * warmup), 1), steps - round(steps * cooldown))
