"""What looking back within a document adds to counting: a cache beside an n-gram model.

Kuhn and De Mori, "A cache-based natural language model for speech recognition", 1990. Texts that
repeat their own names and phrases are easier for a model with attention than the training text
alone says, and by how much differs from corpus to corpus.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.integer[Any]]
WINDOW = 256  # tokens: what models of small budgets see
LONGEST = 3  # of the matches that are told apart
_ROUNDS = 12  # of expectation and maximisation; shares no longer move in the third digit


@dataclass(frozen=True)
class Repeats:
    """For each token after the first of each document, in order.

    probability: its share of what followed in the window wherever the tokens just read stood
    before; length: how many tokens matched, at most LONGEST; 0 where the last one is new.
    """

    probability: Floats
    length: npt.NDArray[np.int8]


def find_repeats(documents: Iterable[Numbers]) -> Repeats:
    """documents: tokens, each beginning with end-of-text."""
    probability: list[float] = []
    length: list[int] = []
    for document in documents:
        tokens = document.tolist()
        # By what was read: the places right after it, first to last.
        after: list[dict[tuple[int, ...], list[int]]] = [
            defaultdict(list) for _ in range(LONGEST + 1)
        ]
        for at in range(1, len(tokens)):
            share, matched = 0.0, 0
            for size in range(min(LONGEST, at), 0, -1):
                places = after[size].get(tuple(tokens[at - size : at]), [])
                # Ascending: a token that fills a document would otherwise be read again each time.
                near = [tokens[place] for place in places[bisect_left(places, at - WINDOW) :]]
                if near:
                    share, matched = near.count(tokens[at]) / len(near), size
                    break
            probability.append(share)
            length.append(matched)
            for size in range(1, min(LONGEST, at) + 1):
                after[size][tuple(tokens[at - size : at])].append(at)
    return Repeats(np.array(probability), np.array(length, dtype=np.int8))


def with_repeats(counted: Floats, repeats: Repeats) -> Floats:
    """The probabilities of an n-gram model mixed with those of repeating.

    The share of either, one for each length of match, is the likeliest on these very tokens:
    three numbers, chosen on tens of thousands.
    """
    mixed = counted.copy()
    for length in range(1, LONGEST + 1):
        rows = np.flatnonzero(repeats.length == length)
        if not len(rows):
            continue
        one, other, share = counted[rows], repeats.probability[rows], 0.5
        for _ in range(_ROUNDS):
            part = share * other
            share = float(np.mean(part / (part + (1.0 - share) * one)))
        mixed[rows] = share * other + (1.0 - share) * one
    return mixed
