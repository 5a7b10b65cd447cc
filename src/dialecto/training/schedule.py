"""Learning rates and momentum over the steps of a run."""

from __future__ import annotations

from dataclasses import dataclass

FINAL_SHARE = 0.05  # of the peak rate, at the last step


@dataclass(frozen=True)
class Trapezoid:
    """Linear warm-up, plateau, linear cooldown (warm-up, stable, decay). Shares of `steps`."""

    steps: int
    warmup: float
    cooldown: float

    def rate(self, step: int) -> float:
        """Share of the peak rate at a step counted from 0; 0 < rate <= 1."""
        warm = max(round(self.steps * self.warmup), 1)
        cool = round(self.steps * self.cooldown)
        rising = (step + 1) / warm
        left = self.steps - step
        falling = FINAL_SHARE + (1 - FINAL_SHARE) * left / cool if cool else 1.0
        return min(1.0, rising, falling)

    def momentum(self, step: int) -> float:
        """Muon's momentum: 0.85 rising to 0.95 over the first tenth of the run."""
        ramp = max(self.steps // 10, 1)
        return 0.85 + 0.10 * min(step / ramp, 1.0)
