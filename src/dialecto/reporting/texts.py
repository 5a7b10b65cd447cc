"""The report's words in the recipe's language, and numbers as that language writes them."""

from __future__ import annotations

import json
import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of a language, `es` or `en`: the report's, the cards', the corpus', the models',
    the tokenizers'."""
    texts: dict[str, str] = {}
    for name in (
        f"{lang}.json",
        f"cards.{lang}.json",
        f"corpus.{lang}.json",
        f"models.{lang}.json",
        f"tokenizers.{lang}.json",
    ):
        path = files("dialecto.reporting") / "catalogue" / name
        texts |= json.loads(path.read_text(encoding="utf-8"))
    return texts


@dataclass(frozen=True)
class Words:
    """Texts and numbers in one language."""

    lang: str

    def __call__(self, key: str, **values: Any) -> str:
        return catalogue(self.lang)[key].format(**values)

    def named(self, group: str, name: str) -> str:
        """A word for a name that the project may not know (`reason`, a new one): then itself."""
        return catalogue(self.lang).get(f"{group}.{name}", name.replace("_", " "))

    def number(self, value: float, digits: int = 0) -> str:
        """1234.5 -> `1.234,5` in Spanish, `1,234.5` in English."""
        if not math.isfinite(value):
            return "∞" if value > 0 else "–"
        text = f"{value:,.{digits}f}"
        if self.lang == "es":
            text = text.replace(",", "\0").replace(".", ",").replace("\0", ".")
        return text

    def percent(self, share: float, digits: int = 0) -> str:
        space = "\N{NO-BREAK SPACE}" if self.lang == "es" else ""
        return f"{self.number(100 * share, digits)}{space}%"

    def size(self, count: float) -> str:
        """Bytes, in decimal units."""
        for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if count >= scale:
                return f"{self.number(count / scale, 1)}\N{NO-BREAK SPACE}{unit}"
        return f"{self.number(count)}\N{NO-BREAK SPACE}B"

    def quantity(self, value: float) -> str:
        """A large number in short: 8.2 M."""
        for unit, scale in ((self("unit.billion"), 1e9), (self("unit.million"), 1e6)):
            if value >= scale:
                return f"{self.number(value / scale, 1)}\N{NO-BREAK SPACE}{unit}"
        return self.number(value)

    def duration(self, seconds: float) -> str:
        space = "\N{NO-BREAK SPACE}"
        if seconds < 60:
            return f"{self.number(seconds, 1)}{space}s"
        minutes, rest = divmod(round(seconds), 60)
        if minutes < 60:
            return f"{minutes}{space}min {rest:02d}{space}s"
        hours, minutes = divmod(minutes, 60)
        return f"{self.number(hours)}{space}h {minutes:02d}{space}min"

    def energy(self, kilowatt_hours: float | None) -> str:
        if kilowatt_hours is None:
            return self("energy.unknown")
        if kilowatt_hours < 1:
            digits = 1 if kilowatt_hours >= 0.01 else 2
            return f"{self.number(1000 * kilowatt_hours, digits)}\N{NO-BREAK SPACE}Wh"
        return f"{self.number(kilowatt_hours, 2)}\N{NO-BREAK SPACE}kWh"


def visible(text: object) -> str:
    """Untrusted text without control and direction characters, which could disguise it."""
    hidden = ("Cc", "Cf", "Cs")
    return "".join(c for c in str(text) if c in "\n\t" or unicodedata.category(c) not in hidden)
