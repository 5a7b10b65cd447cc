"""What the data card and the public summary say that no file of the corpus can tell."""

from __future__ import annotations

from pydantic import Field

from dialecto.recipe.base import DateText, Section


class Card(Section):
    """Facts for the data card, Croissant and the public summary of training content."""

    title: str = Field("", description="Name of the corpus; its sources' names if empty.")
    version: str = Field("1.0.0", description="Version of the corpus, as Croissant asks: 1.0.0.")
    description: str = Field("", description="What the corpus is, in a sentence or two.")
    provider: str = Field("", description="Legal name of who places the model on the market.")
    contact: str = Field("", description="Address, e-mail or page for questions about the data.")
    model: str = Field("", description="Name and versions of the model trained on it.")
    base_model: str = Field(
        "", description="Model that was trained further, if any; `none`: trained from scratch."
    )
    collected: DateText = Field(
        "",
        pattern=r"^(\d{4}-\d{2}(-\d{2})?)?$",
        description="When the last of the data was collected: YYYY-MM or YYYY-MM-DD.",
    )
    opt_outs: str = Field(
        "", description="What was done to respect reservations of rights on text and data mining."
    )
    illegal_content: str = Field(
        "", description="What was done beyond the harm rules against illegal content."
    )
