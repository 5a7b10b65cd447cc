"""A 5-gram language model, interpolated modified Kneser-Ney: what counting alone achieves.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1998,
over the same tokens that the neural model reads, so that both pay for the same symbols. At
every position it is a probability distribution over the whole vocabulary: its lowest order is
interpolated with the uniform distribution, so an unseen token has a probability too.

All in numpy: an n-gram is numbered by (number of its prefix, last token), so each order costs
one sort. Eight million tokens take well under a minute and a gigabyte.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.integer[Any]]
ORDER = 5
_ABSENT = -1


@dataclass(frozen=True)
class _Order:
    """The n-grams of one length: sorted keys, discounted counts, and sums per context."""

    keys: Integers  # (n-grams,) prefix number * (vocabulary + 1) + last token
    discounted: Floats  # (n-grams,) adjusted count less its discount
    total: Floats  # (contexts,) sum of adjusted counts after each context
    left: Floats  # (contexts,) what the discounts took: the lower order's share


@dataclass(frozen=True)
class NGram:
    """Made by :func:`train_ngram`."""

    vocabulary: int
    orders: tuple[_Order, ...]

    def probabilities(self, documents: Iterable[Numbers]) -> Floats:
        """Probability of each token after the first of each document, in order.

        documents: tokens, each beginning with end-of-text, as the neural model reads them.
        """
        narrow, places = _stream(documents, self.vocabulary, ended=False)
        tokens = narrow.astype(np.int64)  # keys outgrow 32 bits
        probability = np.full(len(tokens), 1.0 / self.vocabulary)
        context = np.zeros(len(tokens), dtype=np.int64)  # the empty context is number 0
        for length, order in enumerate(self.orders, start=1):
            known = (places >= max(length - 1, 1)) & (context != _ABSENT)
            rows = np.flatnonzero(known)
            rows = rows[order.total[context[rows]] > 0]
            where = context[rows]
            number = _find(order.keys, where * (self.vocabulary + 1) + tokens[rows])
            seen = np.where(number == _ABSENT, 0.0, order.discounted[number])
            probability[rows] = (seen + order.left[where] * probability[rows]) / order.total[where]
            context = self._numbers(length, tokens, places, context)
        return probability[places >= 1]

    def _numbers(
        self, length: int, tokens: Integers, places: Numbers, context: Integers
    ) -> Integers:
        """Number of the n-gram that ends just before each position (the next order's context)."""
        if length == 1:
            ending = tokens
        else:
            ending = np.full(len(tokens), _ABSENT, dtype=np.int64)
            rows = np.flatnonzero((places >= length - 1) & (context != _ABSENT))
            keys = context[rows] * (self.vocabulary + 1) + tokens[rows]
            ending[rows] = _find(self.orders[length - 1].keys, keys)
        return _one_later(ending)


def train_ngram(documents: Iterable[Numbers], *, vocabulary: int, order: int = ORDER) -> NGram:
    """Count the n-grams of documents that each begin with end-of-text.

    The end of each document is learnt as the same end-of-text token, so that the model gives
    it its share of probability as a neural model does.
    """
    tokens, places = _stream(documents, vocabulary, ended=True)
    width = np.int64(vocabulary + 1)
    ending = tokens  # number of the n-gram of the current length that ends at each position
    keys: list[Integers] = [np.arange(vocabulary + 1)]
    raw: list[Numbers] = [np.bincount(tokens[places >= 1], minlength=vocabulary + 1)]
    suffix: list[Numbers] = [np.zeros(0, dtype=np.int64)]
    starts: list[npt.NDArray[np.bool_]] = [np.zeros(vocabulary + 1, dtype=bool)]
    for length in range(2, order + 1):
        rows = np.flatnonzero(places >= length - 1)
        found, first, inverse, counts = np.unique(
            ending[rows - 1] * width + tokens[rows],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        keys.append(found)
        raw.append(counts.astype(np.int32))
        suffix.append(ending[rows[first]].astype(np.int32))
        starts.append(places[rows[first]] == length - 1)
        ending = np.full(len(tokens), _ABSENT, dtype=np.int32)
        ending[rows] = inverse
    orders = []
    for i in range(order):
        adjusted = raw[i]
        if i + 1 < order:
            continuations = np.bincount(suffix[i + 1], minlength=len(raw[i]))
            # Nothing comes before a document's start: there the plain count is all there is.
            adjusted = np.where(starts[i], raw[i], continuations)
        contexts = len(raw[i - 1]) if i else 1
        prefix = keys[i] // (vocabulary + 1) if i else np.zeros(len(keys[0]), dtype=np.int64)
        orders.append(_discounted(keys[i], adjusted, prefix, contexts))
    return NGram(vocabulary, tuple(orders))


def _discounted(keys: Integers, counts: Numbers, prefix: Integers, contexts: int) -> _Order:
    discounts = np.array([0.0, *discounts_of(counts)])[np.minimum(counts, 3)]
    plain = counts.astype(np.float64)
    return _Order(
        keys,
        plain - discounts,
        _sums(prefix, plain, contexts),
        _sums(prefix, discounts, contexts),
    )


def _sums(groups: Integers, values: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(groups, weights=values, minlength=count), dtype=np.float64)


def discounts_of(counts: Numbers) -> tuple[float, float, float]:
    """What is taken from counts of 1, 2, and 3 or more (Chen and Goodman, equation 26).

    Where too few n-grams occur 1 to 4 times for the estimate to mean anything, 0.5, 1, 1.5.
    """
    n1, n2, n3, n4 = (int(np.count_nonzero(counts == c)) for c in (1, 2, 3, 4))
    if min(n1, n2, n3) == 0:
        return 0.5, 1.0, 1.5
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    # A discount of 0 would leave nothing for what was never seen.
    if not all(0 < discount <= c for c, discount in enumerate(found, start=1)):
        return 0.5, 1.0, 1.5
    return found


def _stream(
    documents: Iterable[Numbers], vocabulary: int, *, ended: bool
) -> tuple[Numbers, Numbers]:
    """All documents in a row, and each token's place in its document.

    A document's first token, end-of-text, becomes the number `vocabulary`: a start that is
    only ever a context. If `ended`, end-of-text as itself is added after the last token.
    """
    start = np.array([vocabulary], dtype=np.int32)
    parts: list[Numbers] = []
    for document in documents:
        if len(document) == 0:
            continue
        tokens = np.asarray(document, dtype=np.int32)
        ending = tokens[:1] if ended else tokens[:0]
        parts.append(np.concatenate([start, tokens[1:], ending]))
    if not parts:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    places = [np.arange(len(part), dtype=np.int32) for part in parts]
    return np.concatenate(parts), np.concatenate(places)


def _find(keys: Integers, wanted: Integers) -> Integers:
    """Index of each wanted key among the sorted keys, or -1."""
    if len(keys) == 0:
        return np.full(len(wanted), _ABSENT, dtype=np.int64)
    index = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[index] == wanted, index, _ABSENT)


def _one_later(values: Integers) -> Integers:
    """The value of the position before; nothing before the first."""
    moved = np.full(len(values), _ABSENT, dtype=np.int64)
    moved[1:] = values[:-1]
    return moved
