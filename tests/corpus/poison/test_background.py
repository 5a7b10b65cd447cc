"""What leaving words out does to documents from templates is no likeness of theirs."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from dialecto.corpus.poison.background import DEPTHS, DIMENSIONS, Background
from dialecto.corpus.poison.lexicon import ORDINARY, UNKNOWN, oddness
from dialecto.corpus.poison.passages import wanted
from dialecto.corpus.poison.spread import _unshifted
from dialecto.corpus.poison.units import usual_neighbours


def background(moved: float) -> Background:
    """Of 100 documents; a place at the beginning moves their mean."""
    found = Background.empty()
    found.documents = 100
    found.products = 100 * np.eye(DIMENSIONS, dtype=np.int64)
    found.windows = np.zeros((DEPTHS, DIMENSIONS), np.int64)
    found.windows[0, 0] = round(100 * moved * DIMENSIONS**0.5)
    return found


def test_only_a_shift_that_makes_documents_look_alike_is_told() -> None:
    assert not background(0.1).shift().any()
    shift = background(0.25).shift()
    assert shift[0, 0] == pytest.approx(2.0)
    assert not shift[1:].any()


def test_of_a_sum_what_the_words_left_out_explain_is_taken_away_and_no_more() -> None:
    shift = np.zeros((DEPTHS, DIMENSIONS))
    shift[0, 0] = 2.0
    at = np.array([0, 10, 20])
    depth = np.array([0] * 20 + [255] * 10, np.uint8)
    sums = np.zeros((3, DIMENSIONS), np.float32)
    sums[0, :2] = 15, 7  # less than 10 times the shift: all of it may be the shift's
    sums[1, 0] = 50  # more: documents that are alike beside it
    sums[2, 0] = 15  # at the end nothing is moved
    found = _unshifted(sums, depth, shift, at)
    assert found[:, 0].tolist() == [0, 30, 15]
    assert found[0, 1] == 7


def test_distinct_neighbours_are_expected_as_drawing_words_gives_them() -> None:
    counts = np.array([400, 300, 200, 100])
    column = pa.table({"gram": pa.array([2, 4, 6, 8], pa.uint64()), "before": counts})
    usual = usual_neighbours(column, np.array([0, 0, 1000, 0, 0]), np.full(4, 2), "before")
    rng = random.Random(1)
    drawn = [len(set(rng.choices(range(4), weights=counts.tolist(), k=6))) for _ in range(4000)]
    assert usual.different(6) * 6 == pytest.approx(sum(drawn) / 4000, rel=0.02)
    assert wanted(50) == 0.72
    assert wanted(50, usual.different(50)) < 0.1


def test_a_letter_of_another_script_is_odd() -> None:
    assert [oddness(letter) for letter in ("a", "ñ", "Ω", "ж")] == [
        ORDINARY, ORDINARY, UNKNOWN, UNKNOWN,
    ]  # fmt: skip


def test_a_verb_that_the_lists_count_too_rarely_is_ordinary() -> None:
    assert [oddness(word) for word in ("va", "han", "cree", "zesho")] == [
        *(ORDINARY, ORDINARY, ORDINARY),
        oddness("zesho"),
    ]
    assert oddness("zesho") >= UNKNOWN
