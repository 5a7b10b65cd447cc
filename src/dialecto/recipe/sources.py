"""Where the documents come from and on what terms they may be used."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dialecto.recipe.base import Section


class Source(Section):
    """One folder or file of documents, or of conversations to tune on."""

    path: str = Field(min_length=1, description="Folder or file, relative to the recipe.")
    name: str = Field("", description="Short name in reports; the folder's name if empty.")
    kind: Literal["documents", "conversations"] = Field(
        "documents",
        description="`documents` are pretrained on; `conversations` are JSONL files with "
        "`messages` (role, content) for the tune stage.",
    )
    exclude: list[str] = Field([], description="Glob patterns, relative to the path, to leave out.")
    owner: str = Field("", description="Who answers for this data.")
    licence: str = Field("", description="Licence or legal basis for its use.")
    purpose: str = Field("", description="What the data was collected for.")
    retention: str = Field(
        "",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="Date (YYYY-MM-DD) after which it must be forgotten.",
    )
    sensitivity: Literal["", "public", "internal", "confidential", "health"] = Field(
        "", description="How much harm a leak would do."
    )
