"""The console's own files, read from the package: nothing comes from the network."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file in `console/pages`."""
    return (files("dialecto.console") / "pages" / name).read_text(encoding="utf-8")
