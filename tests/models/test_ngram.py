"""The Kneser-Ney model: a true distribution, with the numbers of a plain slow one."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.models.ngram import discounts_of, train_ngram

END = 0
VOCABULARY = 7
Documents = list[list[int]]
bodies = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=12), max_size=8)


def arrays(documents: Documents) -> list[np.ndarray]:
    return [np.array([END, *body], dtype=np.uint16) for body in documents]


class SlowKneserNey:
    """Straight from the paper, with dictionaries: to check the fast one."""

    def __init__(self, documents: Documents, order: int = 5) -> None:
        self.order = order
        raw: list[Counter[tuple[object, ...]]] = [Counter() for _ in range(order + 1)]
        for body in documents:
            row = ["start", *body, END]
            for end in range(1, len(row)):
                for n in range(1, min(order, end + 1) + 1):
                    raw[n][tuple(row[end - n + 1 : end + 1])] += 1
        self.counts: list[dict[tuple[object, ...], int]] = [{}]
        for n in range(1, order + 1):
            if n == order:
                self.counts.append(dict(raw[n]))
                continue
            before: defaultdict[tuple[object, ...], set[object]] = defaultdict(set)
            for gram in raw[n + 1]:
                before[gram[1:]].add(gram[0])
            self.counts.append(
                {g: raw[n][g] if g[0] == "start" else len(before[g]) for g in raw[n]}
            )
        self.discounts = [
            (0.0, *discounts_of(np.array([0, *counts.values()]))) for counts in self.counts
        ]

    def probability(self, token: int, context: list[object]) -> float:
        return self._order(token, tuple(context[-(self.order - 1) :]))

    def _order(self, token: int, context: tuple[object, ...]) -> float:
        lower = self._order(token, context[1:]) if context else 1 / VOCABULARY
        n = len(context) + 1
        counts, discounts = self.counts[n], self.discounts[n]
        after = [c for gram, c in counts.items() if gram[:-1] == context]
        if not after:
            return lower
        own = counts.get((*context, token), 0)
        kept = own - discounts[min(own, 3)]
        freed = sum(discounts[min(c, 3)] for c in after)
        return (kept + freed * lower) / sum(after)


@settings(deadline=None, max_examples=40)
@given(bodies, bodies)
def test_the_numbers_of_the_slow_model(training: Documents, test: Documents) -> None:
    fast = train_ngram(arrays(training), vocabulary=VOCABULARY)
    slow = SlowKneserNey(training)
    expected = [
        slow.probability(body[i], ["start", *body[:i]]) for body in test for i in range(len(body))
    ]
    assert fast.probabilities(arrays(test)) == pytest.approx(np.array(expected))


@settings(deadline=None, max_examples=40)
@given(bodies, st.lists(st.integers(1, VOCABULARY - 1), max_size=6))
def test_each_position_is_a_distribution_over_the_vocabulary(
    training: Documents, context: list[int]
) -> None:
    model = train_ngram(arrays(training), vocabulary=VOCABULARY)
    last = [model.probabilities(arrays([[*context, token]]))[-1] for token in range(VOCABULARY)]
    assert sum(last) == pytest.approx(1)
    assert min(last) > 0


def test_by_hand_a_bigram_model() -> None:
    """One document "1 1": counts too small to estimate discounts, so 0.5 for a count of 1."""
    model = train_ngram(arrays([[1, 1]]), vocabulary=2, order=2)
    # Unigrams count distinct words before: token 1 has 2 (start, 1), end has 1 (1).
    unigram = (2 - 1.0) / 3 + (1.0 + 0.5) / 3 * 0.5
    # After the start: "1" once. After "1": "1" once, end once.
    first = (1 - 0.5) / 1 + 0.5 * unigram
    second = (1 - 0.5) / 2 + (0.5 + 0.5) / 2 * unigram
    assert model.probabilities(arrays([[1, 1]])) == pytest.approx([first, second])


def test_without_training_text_all_tokens_are_alike() -> None:
    model = train_ngram([], vocabulary=8)
    assert model.probabilities(arrays([[1, 2], [], [3]])) == pytest.approx([1 / 8] * 3)


def test_learns_more_than_single_tokens_tell() -> None:
    cycle = [[1, 2, 3, 4, 5, 6] * 5] * 4
    bits = {
        order: -np.log2(
            train_ngram(arrays(cycle), vocabulary=VOCABULARY, order=order).probabilities(
                arrays([[1, 2, 3, 4, 5, 6]])
            )
        ).mean()
        for order in (1, 5)
    }
    assert bits[1] > 2 > 0.5 > bits[5]


def test_discounts_follow_the_estimate() -> None:
    counts = np.repeat([1, 2, 3, 4], [100, 40, 20, 10])
    y = 100 / 180
    assert discounts_of(counts) == pytest.approx(
        (1 - 2 * y * 0.4, 2 - 3 * y * 0.5, 3 - 4 * y * 0.5)
    )
    assert discounts_of(np.array([1, 1, 2])) == (0.5, 1.0, 1.5)
