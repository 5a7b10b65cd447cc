"""The tokenizer stage: a vocabulary learnt from the corpus, and token shards."""

from __future__ import annotations

from pydantic import Field

from dialecto.recipe.base import Section


class TokenizerSection(Section):
    """Byte-level BPE, trained on the corpus."""

    vocabulary: int | None = Field(
        None,
        ge=300,
        le=262144,
        description="Number of tokens; empty: chosen by the budget and the corpus.",
    )
    extra_special_tokens: list[str] = Field([], description="Tokens of yours that are never split.")
