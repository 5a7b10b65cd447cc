"""The evaluate stage: what the model knows, beside baselines."""

from __future__ import annotations

from pydantic import Field

from dialecto.recipe.base import Section


class EvaluateSection(Section):
    """Held-out bits per byte, questions with known answers, samples, baselines."""

    questions: str = Field(
        "",
        description="JSONL of held-out questions: `question`, `answer` (and optionally "
        "`accepted`, other right answers). Relative to the recipe.",
    )
    samples: int = Field(4, ge=0, description="Texts to sample for the report.")
    sample_tokens: int = Field(80, ge=1, description="Length of each sample.")
    baselines: bool = Field(True, description="5-gram, gzip and zstd beside the model.")
