"""The search for duplicates over arrays: some 60 bytes of memory for each document.

Documents are numbered; what is known of all of them are a few numbers each. The MinHash bands
(256 bytes a document) are read batch by batch: most are shared with nobody, and only those that
several documents share are held. Where even the numbers of all bands would not fit, they go
through files, cut by value. What is found does not depend on the order of the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.ordering import by_hash, by_number
from dialecto.corpus.rivals import Candidates, Pairs, Similarities, compare
from dialecto.corpus.shingles import Hashes, Numbers
from dialecto.corpus.signature import BANDS, ShingleSource

_PAIR_BYTES = 48  # a band and its document, while they are sorted
BAND_MEMORY, _MOST_PARTS = 32_000_000, 256


@dataclass(frozen=True)
class Facts:
    """Of all documents, arrays of shape (documents,).

    `key` has shape (documents, 2): documents of one key are exact duplicates. `name` orders as
    the documents' ids do. `quality` is in steps; the larger, the better.
    """

    key: Hashes
    length: Numbers
    name: Hashes
    quality: NDArray[np.int16]


@dataclass(frozen=True)
class Repeats:
    """Which document repeats which kept one, and how much."""

    document: Numbers
    of: Numbers
    similarity: Similarities
    exact: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.document)


# (number of the first document, their bands: shape (documents, 32); documents without words are
# left out by the mask of the same length)
BandBatches = Iterable[tuple[int, Hashes, NDArray[np.bool_]]]


def find_lookalikes(
    facts: Facts,
    bands: Callable[[], BandBatches],
    shingles: ShingleSource,
    threshold: float,
    spill: Path | None = None,
) -> tuple[Repeats, Pairs]:
    """Duplicates, and pairs of kept documents that are alike.

    `bands` is asked once; `shingles` are read only of documents that share a band with another.
    `spill`: a folder for temporary files.
    """
    original = _exact(facts)
    unique = original == np.arange(len(original))
    owner, band, sizes = _shared(unique, bands(), spill)
    removed, alike = compare(_ranked(facts, owner, band, sizes), facts.name, shingles, threshold)
    # A copy of a removed document is a near duplicate's copy: it points at what is kept.
    kept = np.arange(len(original))
    similarity = np.ones(len(original))
    kept[removed.first], similarity[removed.first] = removed.second, removed.similarity
    copies = np.flatnonzero(~unique)
    document = np.concatenate([copies, removed.first])
    repeats = Repeats(
        document,
        kept[original[document]],
        similarity[original[document]],
        np.arange(len(document)) < len(copies),
    )
    return repeats, _sorted_pairs(alike, facts.name)


def _exact(facts: Facts) -> Numbers:
    """For each document the best of those with its key: itself, if it is the best."""
    order = np.lexsort(
        (facts.name, -facts.length, -facts.quality, facts.key[:, 1], facts.key[:, 0])
    )
    keys = facts.key[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    best = np.empty(len(order), dtype=np.int64)
    best[order] = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
    return best


def _ranked(facts: Facts, owner: Numbers, band: Numbers, sizes: Numbers) -> Candidates:
    """The documents that share a band, the one to keep of any two first, and their bands."""
    # Look-alikes are counted by the bands that they share: the centre of a family has most.
    weight = np.bincount(owner, sizes[band] - 1, minlength=len(facts.name)).astype(np.int64)
    found = np.flatnonzero(weight)
    rank = (facts.name, -facts.length, -weight, -facts.quality)
    order = found[np.lexsort(tuple(column[found] for column in rank))]
    place = np.zeros(len(weight), dtype=np.int64)
    place[order] = np.arange(len(order))
    by_rank = by_number(place[owner])
    return Candidates(order, place[owner[by_rank]], band[by_rank], sizes)


def _sorted_pairs(alike: Pairs, name: Hashes) -> Pairs:
    swapped = name[alike.first] > name[alike.second]
    first = np.where(swapped, alike.second, alike.first)
    second = np.where(swapped, alike.first, alike.second)
    order = np.lexsort((name[second], name[first], -alike.similarity))
    return Pairs(first[order], second[order], alike.similarity[order])


def _shared(
    unique: NDArray[np.bool_], bands: BandBatches, spill: Path | None
) -> tuple[Numbers, Numbers, Numbers]:
    """Which document has which of the bands that several have: (document, band), and how many.

    Bands are numbered.
    """
    parts = min(1 + int(unique.sum()) * BANDS * _PAIR_BYTES // BAND_MEMORY, _MOST_PARTS)
    owners: list[Numbers] = []
    numbers: list[Numbers] = []
    sizes: list[Numbers] = []
    known = 0
    for values, documents in _cut(unique, bands, parts, spill):
        chosen = np.flatnonzero(_perhaps_shared(values))
        values = values[chosen]
        order = by_hash(values)
        values = values[order]
        begins = np.ones(len(values), dtype=np.bool_)
        begins[1:] = values[1:] != values[:-1]
        counts = np.diff(np.append(np.flatnonzero(begins), len(values)))
        several = counts > 1
        shared = np.repeat(several, counts)
        owners.append(documents[chosen[order[shared]]])
        sizes.append(counts[several])
        numbers.append(np.repeat(np.arange(known, known + len(sizes[-1])), sizes[-1]))
        known += len(sizes[-1])
    empty = np.zeros(0, dtype=np.int64)
    return tuple(np.concatenate([empty, *part]) for part in (owners, numbers, sizes))  # type: ignore[return-value]


def _perhaps_shared(values: Hashes) -> NDArray[np.bool_]:
    """False for values that stand alone, by a few of their bits; true for few others."""
    bits = min(max(2 * len(values), 1).bit_length(), 22)
    slot = (values >> np.uint64(64 - bits)).astype(np.int32)
    own = np.arange(len(values), dtype=np.int32)
    latest = np.empty(1 << bits, dtype=np.int32)
    latest[slot] = own
    several = np.zeros(1 << bits, dtype=np.bool_)
    several[slot[latest[slot] != own]] = True
    return np.asarray(several[slot])


def _cut(
    unique: NDArray[np.bool_], bands: BandBatches, parts: int, spill: Path | None
) -> Iterator[tuple[Hashes, Numbers]]:
    """All (bands, documents), in so many parts that no band is in two."""
    if parts == 1:
        pieces = list(_flat(unique, bands))
        if pieces:
            yield np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces])
        return
    with TemporaryDirectory(dir=spill, prefix="bands-") as folder:
        files = [(Path(folder) / str(part)).open("wb+") for part in range(parts)]
        for values, documents in _flat(unique, bands):
            part = values % np.uint64(parts)
            order = np.argsort(part, kind="stable")
            rows = np.stack([values, documents.astype(np.uint64)], axis=1)[order]
            ends = np.searchsorted(part[order], np.arange(parts + 1, dtype=np.uint64))
            for number, file in enumerate(files):
                file.write(rows[ends[number] : ends[number + 1]].tobytes())
        for file in files:
            file.seek(0)
            rows = np.frombuffer(file.read(), dtype=np.uint64).reshape(-1, 2)
            file.close()
            yield rows[:, 0], rows[:, 1].astype(np.int64)


def _flat(unique: NDArray[np.bool_], bands: BandBatches) -> Iterator[tuple[Hashes, Numbers]]:
    for first, matrix, there in bands:
        chosen = there & unique[first : first + len(matrix)]
        documents = first + np.flatnonzero(chosen)
        yield matrix[chosen].reshape(-1), np.repeat(documents, BANDS)
