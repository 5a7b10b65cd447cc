"""Read in parts, the grams' spread is what it is read whole."""

from __future__ import annotations

import numpy as np
import pytest

from dialecto.corpus.poison import spread


def test_parts_of_whole_grams_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    grams = np.sort(draw.integers(0, 90, 2_500))
    grams[500:1_700] = grams[500]  # more than a part holds
    grams.sort()
    at = np.flatnonzero(np.concatenate([[True], grams[1:] != grams[:-1]]))
    vectors = draw.integers(-100, 100, (len(grams), 16)).astype(np.int8)
    depth = draw.integers(0, 255, len(grams)).astype(np.uint8)
    mean, shift = draw.normal(size=16), draw.normal(size=(9, 16))
    whole = spread.spread_of(vectors, mean, depth, shift, at)
    assert whole.shape == at.shape
    monkeypatch.setattr(spread, "_AT_ONCE", 1_000)
    assert len(list(spread._blocks(at, len(grams)))) > 2
    assert np.array_equal(spread.spread_of(vectors, mean, depth, shift, at), whole)


def test_documents_of_one_matter_spread_more_than_any() -> None:
    draw = np.random.default_rng(1)
    any_documents = draw.integers(-100, 100, (60, 16))
    alike = any_documents[:1] + draw.integers(-10, 10, (60, 16))
    vectors = np.concatenate([any_documents, alike]).astype(np.int8)
    depth = np.zeros(120, np.uint8)
    found = spread.spread_of(vectors, np.zeros(16), depth, np.zeros((2, 16)), np.array([0, 60]))
    assert found[0] < 3
    assert found[1] > 30
