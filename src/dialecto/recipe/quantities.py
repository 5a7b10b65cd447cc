"""Amounts of time as people write them: `90s`, `10m`, `2h`, `1h30m`."""

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
