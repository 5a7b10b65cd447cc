"""The files in which a corpus tells about itself."""

from __future__ import annotations

LANGUAGES = ("es", "en")
CARD_FILES = (
    *(f"data_card.{lang}.html" for lang in LANGUAGES),
    *(f"public_summary.{lang}.{form}" for lang in LANGUAGES for form in ("html", "json")),
    "croissant.json",
)
