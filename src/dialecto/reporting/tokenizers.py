"""A plot of compared tokenizers: tokens per word, by tokenizer and language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialecto.reporting.bars import bars

# A file of its own has no page around it to say what the colours are.
_COLOURS = "--ink: #1c1c1c; --soft: #555; --line: #ccc; --accent: #1f5fa8; --muted: #9aa5b1"


def fertility_plot(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """An SVG file. found: measures by tokenizer and language (`tokenizer.compare`); the first
    tokenizer's bars are marked."""
    rows = [
        (f"{name} ({lang})", float(measures["fertility"]), f"{measures['fertility']:.2f}")
        for name, languages in found.items()
        for lang, measures in languages.items()
    ]
    own = len(next(iter(found.values()))) if found else 0
    drawn = bars(
        rows,
        own=own,
        x="tokens / word",
        number=lambda value, digits: f"{value:.{digits}f}",
        alt="Tokens per word",
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" style="{_COLOURS}; font-family: sans-serif"'
    return drawn.replace("<svg", head, 1) + "\n"
