"""A batch that grows: small steps while there is much to learn from each, whole ones later.

Rows come in the same order as without it; only how many of them make a step changes.
"""

from __future__ import annotations

# The first half of the ramp's tokens in steps of a quarter of the batch, the second of a half.
FIRST, SECOND = 4, 2


def rows_of_step(step: int, steps: int, rows: int, ramp: float) -> int:
    """Rows of a step counted from 0, in a run of `steps` whose whole batch has `rows`.

    ramp: the share of the run's rows that the growing batches make, 0 <= ramp < 1.
    """
    whole = steps / (1.0 + 2.0 * ramp)  # steps that as many rows would make without a ramp
    if step < round(2.0 * ramp * whole):
        return max(rows // FIRST, 1)
    if step < round(3.0 * ramp * whole):
        return max(rows // SECOND, 1)
    return rows


def steps_with_ramp(steps: int, ramp: float) -> int:
    """Steps that read about as many rows as `steps` whole batches do."""
    return round(steps * (1.0 + 2.0 * ramp))
