"""What a run does besides its steps: it looks at held-out text, keeps itself safe, and ends.

In an hour that is nothing; of thirty seconds it was a fifth, and the plan promised steps that the
run had no time for. So a short run looks at less held-out text, and what is left is planned for.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialecto.models.law import TextFacts
from dialecto.models.shape import ModelShape

LOOKS = 10  # at held-out text, over a run
HELD_BYTES = 200_000  # of held-out text: enough to steer by; the evaluate stage reads everything
# Of the time: what looks may take. They see less text until they do, but never less than this,
# below which a better model can look worse.
LOOK_SHARE, LEAST_HELD = 0.04, 20_000
# Of the time: the first steps are slower (caches, threads), the machine does other things, too.
SPARE = 0.03
START, START_SHARE = 8.0, 0.1  # seconds to get ready and to write the model, at most such a share
# Before pretraining begins: the machine is measured, vocabularies are tried on a sample, and all
# of the text is made tokens; at most such a share of the budget.
BEFORE, BEFORE_RATE, BEFORE_SHARE = 12.0, 2.5e6, 0.15  # seconds, bytes of text a second
BYTES_PER_PARAMETER = 12  # weights, momentum of blocks, two moments of embeddings: of a checkpoint
# Bytes a second of copying, hashing and writing a checkpoint on the core that trains.
SAVING_RATE = 250e6
FORWARD = 1 / 3  # of a training step's FLOPs


@dataclass(frozen=True)
class Overhead:
    """Seconds that are not steps, and the bytes of held-out text that each look sees."""

    seconds: float
    held_bytes: int


def seconds_before(text_bytes: int, seconds: float) -> float:
    """Of a budget of `seconds`, what the tokenizer stage takes: a rule, not a clock, so that a
    recipe has the same plan each time."""
    return min(BEFORE + text_bytes / BEFORE_RATE, BEFORE_SHARE * seconds)


def seconds_of_steps(seconds: float | None, compiling: float = 0.0) -> float | None:
    """Of a run of `seconds`, what its steps and looks may take: not what it takes to get ready, to
    compile and to write the model. None where a run has no time but steps."""
    if seconds is None:
        return None
    return max(seconds - _start(seconds) - compiling, seconds / 2)


def _start(seconds: float) -> float:
    return min(START, START_SHARE * seconds)


def overhead(shape: ModelShape, text: TextFacts, rate: float, seconds: float) -> Overhead:
    """Of a run of `seconds` that reads `rate` training tokens a second.

    A look reads documents that are longer than the context through windows that overlap by half.
    When looks see only a part, all of it (HELD_BYTES at most) is read once more at the end.
    """
    held = min(text.held_bytes, HELD_BYTES)
    twice = 2.0 if text.typical_document > shape.context else 1.0
    per_byte = twice * text.tokens / max(text.bytes, 1) * FORWARD / rate  # seconds
    affordable = int(LOOK_SHARE * seconds / LOOKS / per_byte)
    seen = min(held, max(affordable, LEAST_HELD))
    looks = per_byte * (LOOKS * seen + (held if seen < held else 0))
    saves = (LOOKS + 2) * BYTES_PER_PARAMETER * shape.parameters / SAVING_RATE
    return Overhead(looks + saves + _start(seconds) + SPARE * seconds, seen)
