"""How long a training row is and how many tokens make a step, where the recipe does not say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from dialecto.models.law import TextFacts
from dialecto.models.reasons import Facts

SHORTEST = 64
# Tokens in a row by the least seconds of the budget: longer rows learn more from each token and
# cost more, so that short runs do best with 256.
LENGTHS = ((0.0, 256), (1800.0, 512), (14400.0, 1024))
UNTIMED = 600.0  # seconds that a budget in FLOPs counts as
CPU_BATCH, LEAST_BATCH = 2048, 1024
FEW_STEPS = 150  # with fewer of the usual ones, steps are made smaller
LARGEST_STEPS = 200  # an accelerator's steps are not so large that there are fewer
# Steps larger than the critical batch waste text. It grows as the square root of the tokens that
# are read [arXiv 2410.21676]; 65,536 tokens for 160 million is half a million for 10 billion.
CRITICAL, CRITICAL_TOKENS = 65_536, 160e6
MOST_BATCH = 1 << 19


@dataclass(frozen=True)
class Choice:
    """A number of tokens and the reason for it, a key of `reasons.SENTENCES` with its facts."""

    tokens: int
    why: str
    facts: Facts = field(default_factory=dict)


def choose_context(seconds: float | None, text: TextFacts) -> Choice:
    """By the budget, and no longer than documents are.

    Half of the text stands in documents of at least `typical_document` tokens. Rows of twice that
    would hold several documents, of which none sees the others.
    """
    seconds = UNTIMED if seconds is None else seconds
    wanted = max(length for least, length in LENGTHS if seconds >= least)
    typical = text.typical_document or text.longest_document
    context = wanted
    while context > SHORTEST and context >= 2 * typical:
        context //= 2
    if context < wanted:
        return Choice(context, "context.short", {"typical": typical})
    if wanted < LENGTHS[-1][1] and typical > wanted:
        return Choice(context, "context.long")
    return Choice(context, "context.fits")


def choose_batch(device: str, tokens: float) -> Choice:
    """For a run that reads so many tokens; a power of two.

    A processor is about as fast with small steps as with large ones, so it makes them small; on
    the scaling sweep 1,024 tokens a step were no better than 2,048 for the same text, but with
    very few steps. An accelerator is slow with small steps and gets the largest that waste
    nothing.
    """
    if device == "cpu":
        few = tokens < FEW_STEPS * CPU_BATCH
        return Choice(LEAST_BATCH, "batch.few") if few else Choice(CPU_BATCH, "batch.enough")
    critical = CRITICAL * math.sqrt(max(tokens, 1.0) / CRITICAL_TOKENS)
    largest = min(critical, tokens / LARGEST_STEPS, MOST_BATCH)
    batch = max(1 << int(math.log2(max(largest, 1.0))), CPU_BATCH)
    return Choice(batch, "batch.critical", {"millions": tokens / 1e6})
