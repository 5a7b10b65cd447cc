"""Where a case lies: train from scratch, fine-tune a base model, LoRA, or only retrieval.

Rules of thumb of the field, each with what it rests on. They say what is usual, not what is
possible: a small model from scratch answers well about few, much repeated facts, and badly
about everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

BYTES_PER_TOKEN = 4.0  # of large vocabularies; `bytes_per_token` knows small ones
# Compute-optimal tokens for each parameter [Chinchilla, arXiv 2203.15556].
TOKENS_PER_PARAMETER = 20.0
# Below so many parameters a model writes fluently about its corpus but knows nothing else.
ASSISTANT_PARAMETERS = 1e9
FINE_TUNE_TOKENS = 10e6
FINE_TUNE_EXAMPLES = 10_000
LORA_EXAMPLES = 500
LEVELS = ("scratch", "finetune", "lora", "retrieval")


@dataclass(frozen=True)
class Advice:
    """A level, whether it fits the case (`fits`, `possible`, `no`), and the key of the reason."""

    level: str
    verdict: str
    reason: str


def advise(tokens: float, examples: int, budget_flops: float) -> list[Advice]:
    """What to do with `tokens` of own text and `examples` of questions with answers.

    budget_flops: what the budget can compute; decides whether scratch can be more than narrow.
    """
    assistant = ASSISTANT_PARAMETERS * TOKENS_PER_PARAMETER
    needed = 6 * ASSISTANT_PARAMETERS * assistant
    if tokens >= assistant and budget_flops >= needed:
        scratch = Advice("scratch", "fits", "enough")
    elif tokens >= 1e6:
        scratch = Advice("scratch", "possible", "narrow")
    else:
        scratch = Advice("scratch", "no", "too_little")
    if tokens >= FINE_TUNE_TOKENS or examples >= FINE_TUNE_EXAMPLES:
        full = Advice("finetune", "fits", "full_fits")
    else:
        full = Advice("finetune", "no", "full_forgets")
    if examples >= LORA_EXAMPLES or tokens >= FINE_TUNE_TOKENS / 10:
        lora = Advice("lora", "fits", "lora_fits")
    else:
        lora = Advice("lora", "no", "lora_few")
    small = tokens < FINE_TUNE_TOKENS
    retrieval = Advice("retrieval", "fits" if small else "possible", "retrieval")
    return [scratch, full, lora, retrieval]
