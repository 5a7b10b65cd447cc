"""Texts that a document repeats with some words changed.

Two texts that share five words in a row are compared: the document holds a copy when one place in
it, half as long again as the text, has 45% of the text's three-word runs. Of a copy in which every
sixth word is another, half are left; two texts that only speak of the same thing share hardly any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.poison.words import Hashes
from dialecto.corpus.word_runs import runs_of

Numbers = NDArray[np.int64]

NEAR_WORDS = 20  # of a text: shorter ones are alike by their form
NEAR_SHARE = 0.45
_SEED, _GRAM = 5, 3
_ROOM = 1.5
_MOST_COMPARED = 50  # texts that one document is compared with, those with most in common


@dataclass(frozen=True)
class NearCopies:
    """Texts to look for. `item` and `words` have shape (texts,), `grams` one array for each;
    `seeds` are hashes, sorted, and `text` says of which text each is."""

    item: Numbers
    words: Numbers
    grams: tuple[Hashes, ...]
    seeds: Hashes
    text: Numbers

    def find(self, words: Sequence[np.uint64] | Hashes) -> tuple[int, float] | None:
        """(item, share) of the first text, by the number of words in common, that is in these."""
        here = np.asarray(words, np.uint64)
        counts = self._in_common(np.unique(runs_of(here, _SEED)))
        if not len(counts):
            return None
        grams = runs_of(here, _GRAM)
        order = np.lexsort((counts[:, 0], -counts[:, 1]))[:_MOST_COMPARED]
        for text in counts[order, 0].tolist():
            share = _best_place(grams, self.grams[text], int(_ROOM * self.words[text]))
            if share >= NEAR_SHARE:
                return int(self.item[text]), share
        return None

    def _in_common(self, seeds: Hashes) -> Numbers:
        """Texts and how many seeds each shares; shape (texts found, 2)."""
        left = np.searchsorted(self.seeds, seeds, "left")
        right = np.searchsorted(self.seeds, seeds, "right")
        found = np.flatnonzero(right > left)
        texts = [self.text[a:b] for a, b in zip(left[found], right[found], strict=True)]
        if not texts:
            return np.zeros((0, 2), np.int64)
        return np.stack(np.unique(np.concatenate(texts), return_counts=True), axis=1)


def _best_place(grams: Hashes, wanted: Hashes, room: int) -> float:
    """The share of the wanted that stands in so many of the document's in a row."""
    at = np.minimum(np.searchsorted(wanted, grams), len(wanted) - 1)
    places = np.flatnonzero(wanted[at] == grams)
    if not len(places):
        return 0.0
    ends = np.searchsorted(places, places + room)
    best = int(np.argmax(ends - np.arange(len(places))))
    there = at[places[best : int(ends[best])]]
    return len(np.unique(there)) / len(wanted)


def index_near(texts: Sequence[tuple[Hashes, int]], usual: Hashes) -> NearCopies:
    """From (the words of a text, its item). `usual` are three-word runs that tell nothing, sorted:
    a text is looked for by the others, if they are enough."""
    item: list[int] = []
    words: list[int] = []
    grams: list[Hashes] = []
    seeds: list[Hashes] = []
    for hashes, owner in texts:
        every = runs_of(hashes, _GRAM)
        own = np.setdiff1d(every, usual)
        if len(hashes) < NEAR_WORDS or len(own) < NEAR_WORDS - _GRAM + 1:
            continue
        telling = ~np.isin(every, usual)
        five = runs_of(hashes, _SEED)
        seeds.append(np.unique(five[telling[: len(five)]]))
        item.append(owner)
        words.append(len(hashes))
        grams.append(own)
    flat = np.concatenate(seeds) if seeds else np.zeros(0, np.uint64)
    owners = np.repeat(np.arange(len(seeds)), [len(own) for own in seeds]).astype(np.int64)
    order = np.argsort(flat, kind="stable")
    return NearCopies(
        np.array(item, np.int64), np.array(words, np.int64), tuple(grams), flat[order],
        owners[order],
    )  # fmt: skip


def gram_runs(hashes: Hashes) -> Hashes:
    """The distinct three-word runs of a text."""
    return np.unique(runs_of(hashes, _GRAM))


def merged(parts: Sequence[NearCopies]) -> NearCopies:
    """All texts of these as one."""
    base = np.cumsum([0, *(len(part.item) for part in parts)])
    seeds = [part.seeds for part in parts]
    text = [part.text + first for part, first in zip(parts, base.tolist(), strict=False)]
    flat = np.concatenate([np.zeros(0, np.uint64), *seeds])
    order = np.argsort(flat, kind="stable")
    return NearCopies(
        np.concatenate([np.zeros(0, np.int64), *(part.item for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.words for part in parts)]),
        tuple(grams for part in parts for grams in part.grams),
        flat[order],
        np.concatenate([np.zeros(0, np.int64), *text])[order],
    )
