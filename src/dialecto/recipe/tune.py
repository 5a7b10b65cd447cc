"""The tune stage: the pretrained model learns to answer."""

from __future__ import annotations

from pydantic import Field

from dialecto.recipe.base import Section


class TuneSection(Section):
    """Supervised fine-tuning on conversations, loss on the answers only."""

    epochs: float | None = Field(
        None, gt=0, description="Passes over the conversations; empty: as the budget allows."
    )
    batch_tokens: int | None = Field(None, ge=16, description="Tokens in one optimizer step.")
    learning_rate: float | None = Field(None, gt=0, description="Peak rate; chosen if empty.")
