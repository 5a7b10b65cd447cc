"""Function words: a text made of sentences is full of them, a list or a table is not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from dialecto.corpus.language import COMMON_WORDS
from dialecto.corpus.quality.characters import Hashes, hashed
from dialecto.corpus.quality.spans import Documents, Integers, Spans

STOP_WORDS = {
    # Gopher, section A.1.1; FineWeb-2's configuration for spa_Latn; other languages: their
    # commonest words as the language step knows them.
    **COMMON_WORDS,
    "en": frozenset(("the", "be", "to", "of", "and", "that", "have", "with")),
    "es": frozenset(
        (
            "de",
            "la",
            "en",
            "el",
            "y",
            "a",
            "que",
            "del",
            "los",
            "se",
            "por",
            "un",
            "con",
            "una",
            "las",
            "su",
        )
    ),
}


@cache
def _hashes(lang: str) -> Hashes:
    return np.array(sorted(map(hashed, STOP_WORDS[lang])), dtype=np.uint64)


def count_stop_words(words: Spans, each: Documents, langs: Sequence[str]) -> Integers:
    by_language: dict[str, Integers] = {}

    def counted(lang: str) -> Integers:
        if lang not in by_language:
            known = _hashes(lang)
            at = np.minimum(np.searchsorted(known, words.hash), len(known) - 1)
            by_language[lang] = each.count(words.owner, known[at] == words.hash)
        return by_language[lang]

    found = np.zeros(len(each), dtype=np.int64)
    for lang in set(langs):
        mine = np.array([other == lang for other in langs])
        best = counted(lang) if lang in STOP_WORDS else np.maximum(counted("es"), counted("en"))
        found[mine] = best[mine]
    return found
