"""Amounts as people write them: `90s`, `10m`, `1h30m` of time; `124M`, `7B`, `2T` of things."""

from __future__ import annotations

import re

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def parse_seconds(text: str) -> float:
    """Seconds in a duration. Raises ValueError with the accepted forms."""
    compact = text.replace(" ", "").lower()
    parts = _PART.findall(compact)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != compact or seconds <= 0:
        raise ValueError(f"'{text}' is not a duration; write it like 90s, 10m, 2h or 1h30m")
    return seconds


_COUNTS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
_COUNT = re.compile(r"(\d+(?:[.,]\d+)?(?:e\d+)?)([kmbgt]?)")


def parse_count(text: str) -> float:
    """How many parameters or tokens. Raises ValueError with the accepted forms."""
    match = _COUNT.fullmatch(text.replace(" ", "").replace("_", "").lower())
    count = float(match[1].replace(",", ".")) * _COUNTS[match[2]] if match else 0.0
    if count <= 0:
        raise ValueError(f"'{text}' is not an amount; write it like 124M, 7B, 2T or 1e9")
    return count
