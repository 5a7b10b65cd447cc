"""Common words of Spanish and English, to tell a word from pieces of one.

The frequency lists that pyspellchecker ships (from OpenSubtitles), loaded on first use: 0.05 s and
some 15 MB for each language.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.resources import files

LANGUAGES = ("es", "en")
_ENDINGS = ("s", "es", "mente", "n")  # the Spanish list lacks many plurals and verb forms


@cache
def frequencies(lang: str) -> dict[str, int]:
    """Words in small letters and how often they occur; `lang` is es or en.

    The list's file is read as it is: the library's own class copies it several times.
    """
    packed = (files("spellchecker") / "resources" / f"{lang}.json.gz").read_bytes()
    listed: dict[str, int] = json.loads(gzip.decompress(packed))
    return listed


def occurrences(word: str, lang: str) -> int:
    """How often the list has a word in small letters, or what it is formed from; 0: not at all."""
    listed = frequencies(lang)
    stems = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
    return max(listed.get(word, 0), *(listed.get(stem, 0) for stem in stems if len(stem) > 2), 0)


def is_word(word: str) -> bool:
    """Whether a word, or what it is formed from, is in one of the lists."""
    lowered = word.lower()
    forms = [lowered, *(lowered.removesuffix(end) for end in _ENDINGS if lowered.endswith(end))]
    return any(len(form) > 2 and form in frequencies(lang) for lang in LANGUAGES for form in forms)
