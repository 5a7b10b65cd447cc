"""The texts that people read, in the recipe's language."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

LANGUAGES = ("es", "en")


def text(lang: str, key_: str, **values: object) -> str:
    """The text named `key_`, with its `{values}` filled in. Raises KeyError when unknown."""
    return catalogue(lang)[key_].format(**values)


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of a language."""
    path = files("dialecto.console") / "catalogue" / f"{lang}.json"
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts
