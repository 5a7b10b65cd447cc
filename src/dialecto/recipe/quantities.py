"""Amounts as people write them: `90s`, `1h30m` of time; `124M`, `7B` of things; `2GB` of memory."""

from __future__ import annotations

import re

TIME_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)(min|[smhd])")


def parse_seconds(text: str) -> float:
    """Seconds in a duration. Raises ValueError with the accepted forms."""
    compact = text.replace(" ", "").lower()
    parts = _PART.findall(compact)
    seconds = sum(float(number.replace(",", ".")) * TIME_UNITS[unit] for number, unit in parts)
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


_BYTES = {"": 1e9, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)([kmgt]?)i?b?")


def parse_bytes(text: str) -> float:
    """Bytes of memory; a number alone is of gigabytes. Raises ValueError with the forms."""
    match = _SIZE.fullmatch(text.replace(" ", "").lower())
    size = float(match[1].replace(",", ".")) * _BYTES[match[2]] if match else 0.0
    if size <= 0:
        raise ValueError(f"'{text}' is not an amount of memory; write it like 900MB, 4GB or 1.5TB")
    return size
