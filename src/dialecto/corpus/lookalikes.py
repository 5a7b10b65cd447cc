"""The search for duplicates over arrays: some 60 bytes of memory for each document.

Documents are numbered; what is known of all of them are a few numbers each. The MinHash bands
(256 bytes a document) are read batch by batch: most are shared with nobody, and only those that
several documents share are held. Where even the numbers of all bands would not fit, they go
through files, cut by value. What is found does not depend on the order of the documents.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.signature import BANDS, Hashes, jaccard

MILD = 0.5  # from this similarity on, documents go to the same split
# A band shared by more kept documents than this says nothing any more (a form's skeleton).
_CROWD = 200
_PAIR_BYTES = 64  # a band and its document, while they are sorted
BAND_MEMORY, _MOST_PARTS = 32_000_000, 256

Numbers = NDArray[np.int64]
_NONE = np.zeros(0, dtype=np.uint64)


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


class Repeats:
    """Which document repeats which kept one, and how much."""

    def __init__(self) -> None:
        self.document, self.of = array("q"), array("q")
        self.similarity, self.exact = array("d"), array("b")

    def add(self, document: int, of: int, similarity: float, exact: bool) -> None:
        self.document.append(document)
        self.of.append(of)
        self.similarity.append(similarity)
        self.exact.append(exact)

    def __len__(self) -> int:
        return len(self.document)


@dataclass(frozen=True)
class Pairs:
    """Kept documents that are alike, MILD and less than the threshold: strongest first."""

    first: Numbers
    second: Numbers
    similarity: NDArray[np.float64]


# (number of the first document, their bands: shape (documents, 32); documents without words are
# left out by the mask of the same length)
BandBatches = Iterable[tuple[int, Hashes, NDArray[np.bool_]]]


def find_lookalikes(
    facts: Facts,
    bands: Callable[[], BandBatches],
    shingles: Callable[[int], Hashes],
    threshold: float,
    spill: Path | None = None,
) -> tuple[Repeats, Pairs]:
    """Duplicates, and pairs of kept documents that are alike.

    `bands` is asked once; `shingles` gives the sorted shingle hashes of a document and is asked
    only for documents that share a band with another. `spill`: a folder for temporary files.
    """
    original = _exact(facts)
    unique = original == np.arange(len(original))
    near, pairs = _near(facts, unique, bands(), shingles, threshold, spill)
    repeats = Repeats()
    instead = dict(zip(near.document, zip(near.of, near.similarity, strict=True), strict=True))
    for document in np.flatnonzero(~unique).tolist():
        # A copy of a removed document is a near duplicate's copy: it points at what is kept.
        of = int(original[document])
        kept, similarity = instead.get(of, (of, 1.0))
        repeats.add(document, kept, similarity, True)
    for document, (kept, similarity) in instead.items():
        repeats.add(document, kept, similarity, False)
    return repeats, pairs


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


def _near(
    facts: Facts,
    unique: NDArray[np.bool_],
    bands: BandBatches,
    shingles: Callable[[int], Hashes],
    threshold: float,
    spill: Path | None,
) -> tuple[Repeats, Pairs]:
    owner, band, sizes = _shared(unique, bands, spill)
    # Look-alikes are counted by the bands that they share: the centre of a family has most.
    weight = np.zeros(len(unique), dtype=np.int64)
    np.add.at(weight, owner, sizes[band] - 1)
    found = np.flatnonzero(weight)
    rank = (facts.name, -facts.length, -weight, -facts.quality)
    order = found[np.lexsort(tuple(column[found] for column in rank))]
    where = np.searchsorted(owner, np.arange(len(unique) + 1))  # owner is sorted
    # The kept documents of each band, in the order in which they were kept. Arrays of the
    # standard library: numpy's are slow where single numbers are asked for.
    begin = array("q", np.concatenate(([0], np.cumsum(np.minimum(sizes, _CROWD)))).tobytes())
    kept, filled = array("q", bytes(8 * begin[-1])), array("q", bytes(8 * len(sizes)))
    name = array("Q", facts.name.tobytes())
    near, mild = Repeats(), Repeats()
    for document in order.tolist():
        own = band[where[document] : where[document + 1]].tolist()
        rivals: set[int] = set()
        for number in own:
            if filled[number]:
                rivals.update(kept[begin[number] : begin[number] + filled[number]])
        best: tuple[float, int] | None = None
        close: list[tuple[int, float]] = []
        mine = shingles(document) if rivals else _NONE
        for rival in sorted(rivals, key=name.__getitem__):
            similarity = jaccard(mine, shingles(rival))
            if similarity >= threshold and (best is None or similarity > best[0]):
                best = (similarity, rival)
            elif similarity >= MILD:
                close.append((rival, similarity))
        if best:
            near.add(document, best[1], best[0], False)
            continue
        for rival, similarity in close:
            mild.add(document, rival, similarity, False)
        for number in own:
            place = begin[number] + filled[number]
            if place < begin[number + 1]:
                kept[place] = document
                filled[number] += 1
    return near, _sorted_pairs(mild, facts.name)


def _sorted_pairs(mild: Repeats, name: Hashes) -> Pairs:
    one, other = np.array(mild.document, dtype=np.int64), np.array(mild.of, dtype=np.int64)
    swapped = name[one] > name[other]
    first, second = np.where(swapped, other, one), np.where(swapped, one, other)
    similarity = np.array(mild.similarity, dtype=np.float64)
    order = np.lexsort((name[second], name[first], -similarity))
    return Pairs(first[order], second[order], similarity[order])


def _shared(
    unique: NDArray[np.bool_], bands: BandBatches, spill: Path | None
) -> tuple[Numbers, Numbers, Numbers]:
    """Which document has which of the bands that several have: (document, band), and how many.

    Bands are numbered; the pairs are sorted by document.
    """
    parts = min(1 + int(unique.sum()) * BANDS * _PAIR_BYTES // BAND_MEMORY, _MOST_PARTS)
    owners: list[Numbers] = []
    numbers: list[Numbers] = []
    sizes: list[Numbers] = []
    known = 0
    for values, documents in _cut(unique, bands, parts, spill):
        chosen = _perhaps_shared(values)
        values, documents = values[chosen], documents[chosen]
        _, number, counts = np.unique(values, return_inverse=True, return_counts=True)
        several = counts > 1
        chosen = several[number]
        number = (np.cumsum(several) - 1)[number]
        owners.append(documents[chosen])
        numbers.append(number[chosen] + known)
        sizes.append(counts[several])
        known += int(several.sum())
    empty = np.zeros(0, dtype=np.int64)
    owner = np.concatenate(owners or [empty]).astype(np.int64)
    order = np.argsort(owner, kind="stable")
    band = np.concatenate(numbers or [empty])
    return owner[order], band[order], np.concatenate(sizes or [empty])


def _perhaps_shared(values: Hashes) -> NDArray[np.bool_]:
    """False for values that stand alone, by a few of their bits; true for few others."""
    bits = min(max(8 * len(values), 1).bit_length(), 22)
    slot = (values >> np.uint64(64 - bits)).astype(np.int64)
    return np.asarray(np.bincount(slot, minlength=1 << bits)[slot] > 1)


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
