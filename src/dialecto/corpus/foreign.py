"""Paragraphs in another language than their document: measured, and dropped when asked.

The commonest words settle most paragraphs at once; the identifier is asked only about those in
which the document's language has too few of them. Headings, lists, tables and code are never
looked at: names of commands and products are in no language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache

import pyarrow as pa

from dialecto.corpus.language import COMMON_WORDS, identify
from dialecto.corpus.paragraphs import paragraphs
from dialecto.corpus.table import with_columns, with_measures

MINIMUM_WORDS = 12  # of a paragraph that shows a language
_LOOK = 60  # words of a paragraph that are looked at
_NATIVE = 0.15  # share of the document's own commonest words that settles it
_TELLING = 2  # so many distinct words that are common in no other language settle it at once
_SURE = 0.9
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    """In which languages a word is one of the commonest."""
    found: dict[str, list[str]] = {}
    for language, words in COMMON_WORDS.items():
        for word in words:
            found.setdefault(word, []).append(language)
    return {word: tuple(sorted(languages)) for word, languages in found.items()}


@cache
def _only_in(own: str) -> frozenset[str]:
    """The commonest words of a language that are common in no other."""
    others = (words for language, words in COMMON_WORDS.items() if language != own)
    return COMMON_WORDS.get(own, frozenset()) - frozenset().union(*others)


def paragraph_language(block: str, own: str) -> str:
    """The language of a paragraph of a document in `own`: that one unless it is surely another.

    "" when the paragraph is too short to show one.
    """
    head = block.split(maxsplit=_LOOK)[:_LOOK]
    if len(head) < MINIMUM_WORDS:
        return ""
    if len(_only_in(own).intersection(head)) >= _TELLING:
        return own
    words = _WORD.findall(" ".join(head).lower())
    if len(words) < MINIMUM_WORDS:
        return ""
    known = _languages_of()
    counts = Counter(language for word in words for language in known.get(word, ()))
    rivals = max((n for language, n in counts.items() if language != own), default=0)
    if counts[own] >= _NATIVE * len(words) and counts[own] >= rivals:
        return own
    language, confidence = identify(" ".join(words))
    if language == own or confidence < _SURE:
        return own
    # Sisters such as Galician and Portuguese: no more of its own words, no other language.
    if language in COMMON_WORDS and counts[language] <= counts[own]:
        return own
    return language


def without_foreign(text: str, own: str, keep: Callable[[str], bool]) -> tuple[str, int, float]:
    """The text without paragraphs in languages not kept; how many; the foreign share before.

    The share is of the characters of all paragraphs long enough to show a language.
    """
    kept: list[str] = []
    gone = 0
    foreign = shown = 0
    for block, prose in paragraphs(text):
        language = paragraph_language(block, own) if prose else ""
        shown += len(block) if language else 0
        foreign += len(block) if language not in ("", own) else 0
        if language in ("", own) or keep(language):
            kept.append(block)
        else:
            gone += 1
    share = foreign / shown if shown else 0.0
    return ("".join(kept).rstrip("\n") if gone else text), gone, share


def foreign_step(table: pa.Table, keep: tuple[str, ...], drop: bool) -> pa.Table:
    """Measures `language.foreign_share`; with `drop`, what is in no kept language goes.

    Noted as `foreign:<paragraphs>` in `changes`. A document keeps its last paragraph.
    """
    texts, changes = [], []
    shares: list[float | None] = []
    for text, lang, outcome, change in zip(
        *(table[name].to_pylist() for name in ("text", "lang", "outcome", "changes")), strict=True
    ):
        share = None
        if lang and not outcome:
            shorter, gone, share = without_foreign(text, lang, lambda name: name in keep)
            if drop and gone and shorter.strip():
                text, change = shorter, [*(change or ()), f"foreign:{gone}"]
        texts.append(text)
        changes.append(change)
        shares.append(share or None)
    table = with_measures(table, language__foreign_share=shares)
    return with_columns(table, text=texts, changes=changes) if drop else table
