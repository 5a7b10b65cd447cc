"""A batch that grows: small steps while there is much to learn from each, whole ones later.

Rows come in the same order as without it; only how many of them make a step changes.
"""

from __future__ import annotations

from dataclasses import dataclass

# The first half of the ramp's tokens in steps of a quarter of the batch, the second of a half.
FIRST, SECOND = 4, 2


@dataclass(frozen=True)
class Ramp:
    """Steps before `first` read a quarter of the batch, those before `second` a half of it."""

    first: int = 0
    second: int = 0

    def batches(self, step: int) -> float:
        """What the first `step` steps read, in whole batches: what their time goes by."""
        small = min(step, self.first) / FIRST
        middle = max(min(step, self.second) - self.first, 0) / SECOND
        return small + middle + max(step - self.second, 0)

    def steps(self, batches: float) -> int:
        """Steps that read at most so many whole batches."""
        small, all_small = self.batches(self.first), self.batches(self.second)
        if batches < small:
            return int(batches * FIRST)
        if batches < all_small:
            return self.first + int((batches - small) * SECOND)
        return self.second + int(batches - all_small)


NO_RAMP = Ramp()


def make_ramp(steps: int, ramp: float) -> Ramp:
    """The ramp of a run of `steps`.

    ramp: the share of the run's rows that the growing batches make, 0 <= ramp < 1.
    """
    whole = steps / (1.0 + 2.0 * ramp)  # steps that as many rows would make without a ramp
    return Ramp(round(2.0 * ramp * whole), round(3.0 * ramp * whole))


def rows_of_step(step: int, steps: int, rows: int, ramp: float) -> int:
    """Rows of a step counted from 0, in a run of `steps` whose whole batch has `rows`; ramp as in
    `make_ramp`."""
    made = make_ramp(steps, ramp)
    if step < made.first:
        return max(rows // FIRST, 1)
    return max(rows // SECOND, 1) if step < made.second else rows


def steps_with_ramp(steps: int, ramp: float) -> int:
    """Steps that read about as many rows as `steps` whole batches do."""
    return round(steps * (1.0 + 2.0 * ramp))
