"""Quality: which published rules judge the documents, and what happens to those that fail."""

from __future__ import annotations

from math import isfinite
from typing import Literal

from pydantic import Field, field_validator

from dialecto.recipe.base import Section

QualityRules = Literal["gopher_quality", "gopher_repetition", "c4", "fineweb", "fineweb2_es"]
QUALITY_FAMILIES: tuple[QualityRules, ...] = (
    "gopher_quality",
    "gopher_repetition",
    "c4",
    "fineweb",
    "fineweb2_es",
)
# The rules of each family, as `thresholds` names them.
_REPETITION = (
    *("duplicate_lines", "top_2_gram", "top_3_gram", "top_4_gram"),
    *(f"duplicate_{n}_grams" for n in range(5, 11)),
    "monotony",
)
QUALITY_RULES: dict[str, tuple[str, ...]] = {
    "gopher_repetition": (
        *_REPETITION,
        *("duplicate_line_characters", "duplicate_paragraphs", "duplicate_paragraph_characters"),
    ),
    "gopher_quality": (
        *("words_min", "words_max", "word_length_min", "word_length_max", "hashes", "ellipses"),
        *("bullets", "ellipsis_lines", "alphabetic", "stop_words"),
    ),
    "c4": ("sentences", "lorem_ipsum", "braces"),
    "fineweb": ("terminal_lines", "short_lines", "duplicate_line_characters", "newlines"),
    "fineweb2_es": (
        *_REPETITION,
        *("word_length_min", "word_length_max", "alphabetic", "stop_words", "terminal_lines"),
        *("duplicate_line_characters", "newlines"),
    ),
}
SCORE = "score"  # a document's quality score, from 0 to 1; a threshold of the user's only


class Quality(Section):
    """Repetition, gibberish, boilerplate: documents not worth learning from."""

    enabled: bool = Field(True, description="Judge the documents' quality.")
    rules: list[QualityRules] = Field(
        list(QUALITY_FAMILIES),
        description="Published families of rules. `fineweb2_es` takes the place of the others "
        "for documents in Spanish.",
    )
    policy: Literal["drop", "flag"] = Field(
        "drop",
        description="What to do with a document that fails: remove it, or keep it and note "
        "`quality:<rule>` in its lineage.",
    )
    thresholds: dict[str, float] = Field(
        {},
        description="Your own thresholds by rule (`top_2_gram`, `c4.sentences`, `score`), applied "
        "exactly. `dialecto corpus preview --step quality` shows what they would remove.",
    )
    calibrate: bool = Field(
        True,
        description="Fit the rules to the kind of text: a rule that the documents of a source "
        "often break as published removes only what is far out. `false` applies the published "
        "thresholds, which were made for web pages.",
    )

    @field_validator("thresholds")
    @classmethod
    def _known(cls, thresholds: dict[str, float]) -> dict[str, float]:
        bare = {SCORE, *(name for names in QUALITY_RULES.values() for name in names)}
        full = {f"{family}.{name}" for family, names in QUALITY_RULES.items() for name in names}
        unknown = sorted(set(thresholds) - bare - full)
        if unknown:
            raise ValueError(
                f"no quality rule is called {', '.join(unknown)}; there are "
                f"{', '.join(sorted(bare))}"
            )
        endless = sorted(name for name, value in thresholds.items() if not isfinite(value))
        if endless:
            raise ValueError(f"{', '.join(endless)}: not a number to compare with")
        return thresholds
