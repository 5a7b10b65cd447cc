"""How abusive the worst passage of a text is, by a small linear model over words and pairs.

A logistic regression over hashed words and pairs of words, trained by
benchmarks/harm_training.py on open data and sentences that this project writes; 32,768 weights
ship with it. It looks at windows of 40 words, so that one abusive comment in a long page shows.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.poison.words import HAS_LETTER, Hashes, mix, split_words
from dialecto.runtime import DialectoError

FEATURES = 1 << 15
WINDOW, STRIDE = 40, 10  # words
MODEL = "toxicity.npz"
SHA256 = "6c4c1ecec6b6ea021b2dd79123c962dd7a493635ca83f05fa14cf8b4bc04bb16"
_GROUP = 300_000  # characters


def word_indices(texts: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(features of its words, features of the pairs that begin at each word) of each text.

    What stood in the window before counts no more: it is FEATURES, which weighs nothing.
    """
    words = split_words([text.casefold() for text in texts])
    said = (words.shape & HAS_LETTER) > 0
    hashes, document = words.hash[said], words.document[said]
    singles = (hashes % np.uint64(FEATURES)).astype(np.int64)
    following: Hashes = np.concatenate([hashes[1:], np.zeros(1, np.uint64)])
    mixed = mix(hashes * np.uint64(0x9E3779B97F4A7C15) + following)
    pairs = (mixed % np.uint64(FEATURES)).astype(np.int64)
    bounds = np.searchsorted(document, np.arange(len(texts) + 1))
    return [
        (_fresh(singles[a:b]), _fresh(pairs[a : max(a, b - 1)]))
        for a, b in itertools.pairwise(bounds)
    ]


def _fresh(features: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(features, kind="stable")
    again = np.zeros(len(features), bool)
    near = (np.diff(features[order]) == 0) & (np.diff(order) < WINDOW)
    again[order[1:][near]] = True
    return np.where(again, FEATURES, features)


@cache
def weights() -> tuple[NDArray[np.float32], float, float]:
    """(weight of each feature, bias, probability from which a passage is abusive)."""
    raw = (files("dialecto.corpus") / MODEL).read_bytes()
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise DialectoError(f"{MODEL} of this installation is damaged; install dialecto again.")
    with np.load(BytesIO(raw)) as stored:
        return (
            np.append(stored["weights"].astype(np.float32), np.float32(0)),
            float(stored["bias"]),
            float(stored["threshold"]),
        )


def toxicity(texts: Sequence[str]) -> list[float]:
    """The probability of the worst passage of each text; 0 for a text without words."""
    found: list[float] = []
    group: list[str] = []
    size = 0
    for text in texts:
        group.append(text)
        size += len(text)
        if size >= _GROUP:
            found += _scored(group)
            group, size = [], 0
    return found + (_scored(group) if group else [])


def _scored(texts: Sequence[str]) -> list[float]:
    table, bias, _ = weights()
    return [passage_score(singles, pairs, table, bias) for singles, pairs in word_indices(texts)]


def passage_score(
    singles: NDArray[np.int64], pairs: NDArray[np.int64], table: NDArray[np.float32], bias: float
) -> float:
    """The largest probability over the windows of a text."""
    count = len(singles)
    if not count:
        return 0.0
    ones = np.concatenate([[0.0], np.cumsum(table[singles], dtype=np.float64)])
    twos = np.concatenate([[0.0], np.cumsum(table[pairs], dtype=np.float64)])
    begin = np.arange(0, max(count - WINDOW, 0) + STRIDE, STRIDE)
    begin = np.minimum(begin, max(count - WINDOW, 0))
    end = np.minimum(begin + WINDOW, count)
    total = ones[end] - ones[begin]
    last = np.clip(end - 1, 0, len(twos) - 1)
    total += twos[last] - twos[np.minimum(begin, last)]
    length = np.sqrt(np.maximum(2 * (end - begin) - 1, 1))
    return float(1 / (1 + np.exp(-(float((total / length).max()) + bias))))
