"""Whether a model went on learning its text by heart: held-out loss rose while training's fell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

RISE = 0.01  # of the best held-out loss; less is chance
_NEAR = 0.05  # training losses around a moment are averaged over this share of the run


@dataclass(frozen=True)
class Overfitting:
    """From the best held-out measure to the last one; losses in the journal's own units.

    epoch: passes over the text that had been made at the best measure.
    """

    epoch: float
    held_out: tuple[float, float]
    training: tuple[float, float]

    @property
    def rise(self) -> float:
        """Share by which the held-out loss rose."""
        return self.held_out[1] / self.held_out[0] - 1


def find_overfitting(
    lines: Sequence[dict[str, float]], field: str, epochs: float
) -> Overfitting | None:
    """None while the held-out loss has not risen, or training's has not fallen meanwhile.

    lines: a journal's; field: of the training loss; epochs: passes in the whole run.
    """
    held = [
        (index, value)
        for index, line in enumerate(lines)
        for name, value in line.items()
        if name.startswith("validation_")
    ]
    if len(held) < 2:
        return None
    best_at, best = min(held, key=lambda measure: measure[1])
    last_at, last = held[-1]
    if best <= 0 or last < best * (1 + RISE):
        return None
    window = max(int(len(lines) * _NEAR), 1)
    before = mean(line[field] for line in lines[max(best_at - window, 0) : best_at + 1])
    after = mean(line[field] for line in lines[max(last_at - window, best_at + 1) : last_at + 1])
    if after >= before:
        return None
    epoch = epochs * lines[best_at]["tokens"] / lines[-1]["tokens"]
    return Overfitting(epoch, (best, last), (before, after))
