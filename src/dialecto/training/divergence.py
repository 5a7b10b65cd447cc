"""When a run has left its way: losses that are no numbers, or far above those just before.

The watch sees every step's loss and nothing else, and what it has seen is in the checkpoints,
so that a run that was killed and started again judges as the undisturbed one does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median

WINDOW = 64  # losses that the next one is compared with
LEAST = 16  # fewer say little yet
SPIKE = 10  # steps in a row above the bound; a few hard rows pass sooner
# The bound: this many robust standard deviations above the median, and never nearer than a
# share of it or so many nats (a run that knows its text by heart has losses near zero).
DEVIATIONS, SHARE, NATS = 6.0, 0.2, 0.3
_SIGMA = 1.4826  # standard deviation of a normal over its median absolute deviation

RATE = 0.5  # of the peak rates, after each return to the last good checkpoint
RETURNS = 3


@dataclass(frozen=True)
class Watch:
    """The last losses that were in order, and how many in a row are not. guess: nats per token of
    blind guessing, the logarithm of the vocabulary."""

    recent: tuple[float, ...] = ()
    over: int = 0
    guess: float = math.inf

    def bound(self) -> float:
        """Nats per token above which a loss is out of order."""
        if not self.recent:
            return math.inf
        if len(self.recent) < LEAST:  # a run can leave its way before it has been on it
            start = max(self.guess, self.recent[0])  # textbook beginnings can be worse than guesses
            return start + max(SHARE * start, NATS)
        middle = median(self.recent)
        spread = _SIGMA * median(abs(loss - middle) for loss in self.recent)
        return middle + max(DEVIATIONS * spread, SHARE * middle, NATS)

    def see(self, loss: float) -> Watch:
        """After a step's loss, in nats per token."""
        if loss > self.bound():
            return replace(self, over=self.over + 1)
        return replace(self, recent=(*self.recent, loss)[-WINDOW:], over=0)

    def why(self, loss: float) -> str:
        """Why the run has diverged by its last loss; empty while it has not."""
        if not math.isfinite(loss):
            return f"the loss is {loss}"
        if self.over < SPIKE:
            return ""
        return (
            f"the loss is {loss:.2f}, and for {self.over} steps it has been above "
            f"{self.bound():.2f}, where {median(self.recent):.2f} was usual"
        )
