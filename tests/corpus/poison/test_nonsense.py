"""Where text turns to nonsense, told by the pairs of words that are usual in the corpus."""

from __future__ import annotations

import numpy as np

from dialecto.corpus.poison.grams import pair_grams, recurring
from dialecto.corpus.poison.nonsense import (
    UNKNOWN_SHARE,
    before_nonsense,
    not_before_text,
    running_pairs,
    shares_of_texts,
    usual_shares,
)
from dialecto.corpus.poison.words import split_words

USUAL = "uno dos tres cuatro cinco seis siete ocho nueve diez"
DRAWN = "siete tres diez uno ocho cinco dos nueve cuatro seis"


def test_shares_are_counted_within_the_document() -> None:
    words = split_words([f"{USUAL} zqxv {DRAWN}", USUAL])
    known = pair_grams(split_words([USUAL]))[1]
    first, pairs = pair_grams(words)
    running = running_pairs(words, first, np.isin(pairs, known))
    place = np.array([10, 0, 20])  # zqxv, the first and the last word
    before, after = usual_shares(words, running, place, place)
    assert before.tolist() == [100, UNKNOWN_SHARE, 47]  # 9 of the 19 pairs before the last word
    assert after.tolist() == [0, 42, UNKNOWN_SHARE]
    counts = shares_of_texts(words, running)
    assert counts.sum() == 2
    assert counts[100] == 1


def test_nonsense_is_told_by_what_is_usual_in_the_corpus() -> None:
    texts = np.zeros(101, np.int64)
    texts[[50, 60, 70]] = 10
    before = np.array([60, 60, 10, UNKNOWN_SHARE], np.uint8)
    after = np.array([10, 40, 10, 0], np.uint8)
    assert before_nonsense(before, after, texts).tolist() == [True, False, False, True]
    assert not_before_text(np.array([10, 40, UNKNOWN_SHARE], np.uint8), texts).tolist() == [
        *(True, False, True),
    ]
    few = np.zeros(101, np.int64)
    few[5] = 10  # texts of which hardly any two share a pair of words
    assert not before_nonsense(before, after, few).any()
    assert not before_nonsense(before, after, np.zeros(101, np.int64)).any()


def test_the_number_of_usual_pairs_does_not_grow_with_the_corpus() -> None:
    assert (recurring(1000), recurring(10_000), recurring(1_000_000)) == (3, 3, 50)
