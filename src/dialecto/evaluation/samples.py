"""Beginnings to continue, and how much a continuation repeats itself."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

PROMPT_WORDS = 12
_LONGEST_PROMPT = 200  # characters: a "word" can be a page of encoded data
_GRAM = 4


def beginnings(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """The first words of `count` texts drawn by the seed, in the texts' order.

    Texts long enough that something is left to continue come first.
    """
    long = [i for i, text in enumerate(texts) if len(text.split()) >= 2 * PROMPT_WORDS]
    pool = long if len(long) >= count else [i for i, text in enumerate(texts) if text.strip()]
    chosen = random.Random(seed).sample(pool, min(count, len(pool)))
    return [first_words(texts[i]) for i in sorted(chosen)]


def first_words(text: str) -> str:
    """The beginning of a text, its spaces and line ends as they are."""
    match = re.match(rf"\S+(?:\s+\S+){{0,{PROMPT_WORDS - 1}}}", text.lstrip())
    return match.group()[:_LONGEST_PROMPT] if match else ""


def repetition(texts: Sequence[str]) -> float:
    """Share of word 4-grams that stood in the same text before. 0 is none, 1 a broken record."""
    total = distinct = 0
    for text in texts:
        words = text.casefold().split()
        grams = [tuple(words[i : i + _GRAM]) for i in range(len(words) - _GRAM + 1)]
        total += len(grams)
        distinct += len(set(grams))
    return (total - distinct) / total if total else 0.0
