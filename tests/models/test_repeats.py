"""Repeating within a document, beside a plain search and a plain maximisation."""

from __future__ import annotations

import numpy as np
import pytest

from dialecto.models.repeats import LONGEST, WINDOW, Repeats, find_repeats, with_repeats


def _plainly(tokens: list[int], at: int) -> tuple[float, int]:
    for size in range(LONGEST, 0, -1):
        read = tokens[at - size : at]
        first = max(at - WINDOW, size)
        found = [
            tokens[i]
            for i in range(first, at)
            if len(read) == size and tokens[i - size : i] == read
        ]
        if found:
            return found.count(tokens[at]) / len(found), size
    return 0.0, 0


def test_what_followed_is_found_as_by_a_plain_search() -> None:
    random = np.random.default_rng(1)
    documents = [random.integers(0, 12, size) for size in (1, 2, 40, 400)]
    found = find_repeats(documents)
    wanted = [_plainly(d.tolist(), at) for d in documents for at in range(1, len(d))]
    assert found.probability == pytest.approx([share for share, _ in wanted])
    assert found.length.tolist() == [size for _, size in wanted]
    assert {0, 1, 2, 3} == set(found.length.tolist())


def test_the_mixture_is_the_likeliest() -> None:
    random = np.random.default_rng(2)
    counted = random.uniform(0.01, 0.4, 500)
    repeats = Repeats(
        np.where(random.random(500) < 0.4, random.uniform(0.3, 1.0, 500), 0.0),
        np.full(500, 2, dtype=np.int8),
    )
    mixed = np.log(with_repeats(counted, repeats)).sum()
    shares = np.linspace(0, 0.99, 100)[:, None]
    every = np.log(shares * repeats.probability + (1 - shares) * counted).sum(axis=1)
    assert mixed == pytest.approx(every.max(), rel=1e-3)
    assert mixed > np.log(counted).sum()


def test_where_nothing_matches_the_counts_stay() -> None:
    counted = np.array([0.5, 0.25])
    nothing = Repeats(np.zeros(2), np.zeros(2, dtype=np.int8))
    assert (with_repeats(counted, nothing) == counted).all()
