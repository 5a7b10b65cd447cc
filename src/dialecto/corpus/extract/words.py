"""Common words of Spanish and English, to tell a word from pieces of one.

The frequency lists that pyspellchecker ships (from OpenSubtitles), loaded on first use: a third of
a second and some 15 MB for each language.
"""

from __future__ import annotations

from functools import cache

_ENDINGS = ("s", "es", "mente", "n")  # the Spanish list lacks many plurals and verb forms


@cache
def frequencies(lang: str) -> dict[str, int]:
    """Words in small letters and how often they occur; `lang` is es or en."""
    from spellchecker import SpellChecker

    return dict(SpellChecker(language=lang, distance=1).word_frequency.dictionary)


def is_word(word: str) -> bool:
    """Whether a word, or what it is formed from, is in one of the lists."""
    lowered = word.lower()
    forms = [lowered, *(lowered.removesuffix(end) for end in _ENDINGS if lowered.endswith(end))]
    return any(
        len(form) > 2 and form in frequencies(lang) for lang in ("es", "en") for form in forms
    )
