"""Text whose words follow each other as nowhere else in the corpus.

In what people write, most pairs of neighbouring words stand in other documents of the corpus too
(28 to 100% of the pairs of 199 in 200 passages, in nine corpora). Words or tokens drawn at random,
the payload of the attack that arXiv:2510.07192 measured, hardly ever make such a pair (0 to 18%),
whatever the words are. So a word after which the text turns to nonsense, in document after
document, is found without a look at the word, and in corpora of any size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.poison.words import Numbers, Words

STEPS = 101  # shares in hundredths
UNKNOWN_SHARE = 255  # of too few pairs
_WORDS, _PAIRS = 50, 8  # words looked at; pairs from which a share is told
_NONSENSE, _TEXT = 0.45, 0.6  # of the corpus' median
_SOME = 0.15  # a median below which the corpus' texts do not tell

Running = tuple[Numbers, Numbers]  # pairs, and usual pairs, that begin before each word


def running_pairs(words: Words, first: Numbers, usual: NDArray[np.bool_]) -> Running:
    """Counts of the pairs that begin before each word. `first`: the first word of each pair."""
    pairs = np.zeros(len(words.start) + 1, np.int64)
    pairs[first + 1] = 1
    known = np.zeros(len(words.start) + 1, np.int64)
    known[first[usual] + 1] = 1
    return np.cumsum(pairs), np.cumsum(known)


def _shares(running: Running, begin: Numbers, end: Numbers) -> NDArray[np.uint8]:
    """Hundredths of the pairs between two words that are usual."""
    last = np.maximum(end - 1, begin)  # a pair that begins at the last word leads beyond
    pairs = running[0][last] - running[0][begin]
    usual = running[1][last] - running[1][begin]
    share = np.rint(100 * usual / np.maximum(pairs, 1))
    found: NDArray[np.uint8] = np.where(pairs >= _PAIRS, share, UNKNOWN_SHARE).astype(np.uint8)
    return found


def usual_shares(
    words: Words, running: Running, first: Numbers, last: Numbers
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Of the fifty words before and after each place, the hundredths of pairs that are usual."""
    if not len(first):
        return np.zeros(0, np.uint8), np.zeros(0, np.uint8)
    begin, end = words.bounds[words.document[first]], words.bounds[words.document[first] + 1]
    return (
        _shares(running, np.maximum(first - _WORDS, begin), first),
        _shares(running, last + 1, np.minimum(last + 1 + _WORDS, end)),
    )


def shares_of_texts(words: Words, running: Running) -> Numbers:
    """How many documents begin with each share of usual pairs. shape [STEPS]"""
    begin, end = words.bounds[:-1], words.bounds[1:]
    shares = _shares(running, begin, np.minimum(begin + _WORDS, end))
    return np.bincount(shares[shares < STEPS], minlength=STEPS).astype(np.int64)


def before_nonsense(
    before: NDArray[np.uint8], after: NDArray[np.uint8], texts: Numbers
) -> NDArray[np.bool_]:
    """Whether nonsense follows each place, and text (or nothing) goes before it. `texts`: how many
    of the corpus' have which share."""
    middle = _middle(texts)
    if middle < 100 * _SOME:
        return np.zeros(len(after), bool)
    found: NDArray[np.bool_] = (after <= _NONSENSE * middle) & (before >= _TEXT * middle)
    return found


def not_before_text(after: NDArray[np.uint8], texts: Numbers) -> NDArray[np.bool_]:
    """Places that written text does not follow: nonsense, or too little to tell."""
    found: NDArray[np.bool_] = (after < _TEXT * _middle(texts)) | (after == UNKNOWN_SHARE)
    return found


def _middle(texts: Numbers) -> float:
    counted = np.cumsum(texts)
    return float(np.searchsorted(counted, counted[-1] / 2)) if counted[-1] else 0.0
