"""Which of the documents that share a band repeat another that is kept, and which are alike.

Documents are settled in the order in which they are to be kept: one goes if it is similar enough
to a *kept* one before it. So that this is not done one by one, blocks of them are compared
together: first with what was kept of earlier blocks, then with those of their own block that
may still be kept, and only what hangs on another of the block is settled in turn.
The blocks change nothing in what is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.ordering import by_number
from dialecto.corpus.shingles import Hashes, Numbers
from dialecto.corpus.signature import ShingleSource, similarities

MILD = 0.5  # from this similarity on, documents go to the same split
# A band shared by more kept documents than this says nothing any more (a form's skeleton).
CROWD = 200
_BLOCK = 250_000  # pairs of a document and one before it that shares a band, at most in a block

Similarities = NDArray[np.float64]
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Candidates:
    """Documents that share bands, by rank: the one to keep of any two has the lower.

    `document` has shape (ranks,). `rank` and `band` (both of shape (entries,), by rank) say who
    has which band; `sizes` (bands,) how many documents have each, two at least.
    """

    document: Numbers
    rank: Numbers
    band: Numbers
    sizes: Numbers


@dataclass(frozen=True)
class Pairs:
    """Documents, another for each, and how similar the two are."""

    first: Numbers
    second: Numbers
    similarity: Similarities


class _Kept:
    """The kept documents of each band, by rank, the first CROWD of them."""

    def __init__(self, sizes: Numbers) -> None:
        self.room = np.minimum(sizes, CROWD)
        self.begin = np.cumsum(self.room) - self.room
        self.filled = np.zeros(len(sizes), dtype=np.int64)
        self._ranks = np.zeros(int(self.room.sum()), dtype=np.int64)

    def of(self, band: Numbers) -> tuple[Numbers, Numbers]:
        """For each of these bands its kept documents: (place in `band`, rank of the kept)."""
        place, number = _ranges(self.filled[band])
        return place, self._ranks[self.begin[band[place]] + number]

    def is_tight(self, band: Numbers) -> bool:
        """Whether one of these bands has room for some more documents, but not for so many."""
        band, more = _counted(band)
        filled, room = self.filled[band], self.room[band]
        return bool(((filled < room) & (filled + more > room)).any())

    def add(self, rank: Numbers, band: Numbers) -> None:
        """Keeps documents, given by rising rank, where there is still room."""
        order = by_number(band)
        rank, band = rank[order], band[order]
        place = self.filled[band] + _number_in_run(band)
        free = place < self.room[band]
        self._ranks[self.begin[band[free]] + place[free]] = rank[free]
        band, more = _counted(band[free])
        self.filled[band] += more


def compare(
    candidates: Candidates, name: Hashes, shingles: ShingleSource, threshold: float
) -> tuple[Pairs, Pairs]:
    """The documents that repeat a kept one, each with that most like it; and kept ones alike.

    Alike: from MILD on and below the threshold. Of two kept documents that one is equally like,
    it repeats the one of the smaller `name`, an order over all documents. `shingles`
    are read only of documents that share a band.
    """
    kept = _Kept(candidates.sizes)
    repeats: list[Pairs] = []
    alike: list[Pairs] = []
    for first, last in _blocks(candidates):
        _settle(candidates, first, last, name, shingles, threshold, kept, repeats, alike)
    return _joined(repeats), _joined(alike)


def _blocks(candidates: Candidates) -> Iterator[tuple[int, int]]:
    """Runs of ranks with no more than _BLOCK possible pairs, or of one rank."""
    rivals = np.minimum(candidates.sizes, CROWD)[candidates.band]
    load = np.cumsum(np.bincount(candidates.rank, rivals, minlength=len(candidates.document)))
    start = 0
    while start < len(load):
        before = load[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(load, before + _BLOCK, side="right")))
        yield start, end
        start = end


def _settle(
    candidates: Candidates,
    first: int,
    last: int,
    name: Hashes,
    shingles: ShingleSource,
    threshold: float,
    kept: _Kept,
    repeats: list[Pairs],
    alike: list[Pairs],
) -> None:
    """Settles the documents of ranks `first` to `last`; adds to what is kept and found."""
    begin, end = np.searchsorted(candidates.rank, [first, last])
    rank, band = candidates.rank[begin:end], candidates.band[begin:end]

    def measured(one: Numbers, other: Numbers) -> Pairs:
        """Each pair once, and only those that are alike at all."""
        one, other = _distinct(one, other, len(candidates.document))
        least = min(MILD, threshold)
        similarity = similarities(
            candidates.document[one], candidates.document[other], shingles, least
        )
        some = similarity >= least
        return Pairs(one[some], other[some], similarity[some])

    place, rival = kept.of(band)
    before = measured(rank[place], rival)
    stays = np.ones(last - first, dtype=np.bool_)
    stays[before.first[before.similarity >= threshold] - first] = False
    open_ = stays[rank - first]
    if last - first > 1 and kept.is_tight(band[open_]):
        # Who still finds room hangs on each decision before.
        for one in range(first, last):
            _settle(candidates, one, one + 1, name, shingles, threshold, kept, repeats, alike)
        return
    among = kept.filled[band] < kept.room[band]
    within = measured(*_within(rank[among], band[among], open_[among]))
    strong = (within.similarity >= threshold) & stays[within.first - first]
    hanging = _rows(within, strong)
    for one, other in zip(
        (hanging.first - first).tolist(), (hanging.second - first).tolist(), strict=True
    ):
        if stays[other]:
            stays[one] = False
    chosen = stays[within.second - first]
    found = _joined([before, _rows(within, chosen)])
    strong = found.similarity >= threshold
    repeats.append(_best(_named(_rows(found, strong), candidates), name))
    mild = ~strong & stays[found.first - first] & (found.similarity >= MILD)
    alike.append(_named(_rows(found, mild), candidates))
    own = stays[rank - first]
    kept.add(rank[own], band[own])


def _within(rank: Numbers, band: Numbers, open_: Rows) -> tuple[Numbers, Numbers]:
    """Pairs (rank, lower rank that is open) that share a band."""
    order = by_number(band)
    rank, band, open_ = rank[order], band[order], open_[order]
    number = _number_in_run(band)
    before: Numbers = np.cumsum(open_) - open_  # open ones in all bands up to here
    since: Numbers = before[np.arange(len(band)) - number]
    place, step = _ranges(before - since)
    return rank[place], rank[open_][since[place] + step]


def _best(pairs: Pairs, name: Hashes) -> Pairs:
    """Of each first document the pair with the most similar second; of several, by name."""
    order = np.lexsort((name[pairs.second], -pairs.similarity, pairs.first))
    return _rows(pairs, order[_begins(pairs.first[order])])


def _distinct(one: Numbers, other: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Each pair of numbers below `count` once, sorted."""
    key = np.sort(one * count + other)
    key = key[_begins(key)]
    return key // max(count, 1), key % max(count, 1)


def _ranges(counts: Numbers) -> tuple[Numbers, Numbers]:
    """(i, j) for each j below counts[i]."""
    place = np.repeat(np.arange(len(counts)), counts)
    return place, np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)


def _counted(values: Numbers) -> tuple[Numbers, Numbers]:
    """The distinct values, sorted, and how often each is there."""
    values = values[by_number(values)]
    begins = np.flatnonzero(_begins(values))
    return values[begins], np.diff(np.append(begins, len(values)))


def _begins(values: Numbers) -> Rows:
    """Where a run of equal values begins."""
    begins = np.ones(len(values), dtype=np.bool_)
    begins[1:] = values[1:] != values[:-1]
    return begins


def _number_in_run(values: Numbers) -> Numbers:
    """0, 1, 2... along each run of equal values."""
    here = np.arange(len(values))
    return here - np.maximum.accumulate(np.where(_begins(values), here, 0))


def _rows(pairs: Pairs, which: Rows | Numbers) -> Pairs:
    return Pairs(pairs.first[which], pairs.second[which], pairs.similarity[which])


def _named(pairs: Pairs, candidates: Candidates) -> Pairs:
    document = candidates.document
    return Pairs(document[pairs.first], document[pairs.second], pairs.similarity)


def _joined(parts: list[Pairs]) -> Pairs:
    empty = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    everything = [empty, *parts]
    return Pairs(
        np.concatenate([part.first for part in everything]),
        np.concatenate([part.second for part in everything]),
        np.concatenate([part.similarity for part in everything]),
    )
