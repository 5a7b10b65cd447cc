"""The report stage: one self-contained page."""

from __future__ import annotations

from pydantic import Field

from dialecto.recipe.base import Section


class ReportSection(Section):
    """What the report shows."""

    title: str = Field("", description="Title of the page; the project's name if empty.")
    masked_examples: int = Field(
        3, ge=0, description="Masked examples of removed documents for each reason."
    )
