"""Exact and near duplicates, and which documents are alike enough to stay together.

Exact duplicates share a content key. Candidates for near duplicates share one of 32 MinHash
bands; every candidate is verified by the exact Jaccard similarity of its shingles. A
document is removed only if a *kept* document is similar to it above the threshold, so no
chain of ever less similar copies removes a unique one. The kept one is the document of the best
quality (where quality is measured; in steps, so that small differences do not count), then
with the most look-alikes (a text rather than its variants), then the longest, then the smallest
id: nothing depends on order, partition or number of processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.lookalikes import Facts, find_lookalikes
from dialecto.corpus.signature import BANDS, Hashes, Shingler, band_hashes, content_key

QUALITY_STEPS = 10
EXACT, NEAR = "exact_duplicate", "near_duplicate"


@dataclass(frozen=True)
class Document:
    """What the search needs to know of a document; `bands` has 32 hashes or none."""

    id: str
    length: int
    key: str
    bands: Hashes
    quality: float = 0.0  # 0 to 1


@dataclass(frozen=True)
class Duplicate:
    """`id` repeats the kept document `of`; similarity 1.0 with kind `exact_duplicate`."""

    id: str
    of: str
    kind: str
    similarity: float


@dataclass(frozen=True)
class Alike:
    """Two kept documents with a similarity between MILD and the threshold."""

    first: str
    second: str
    similarity: float


def find_duplicates(
    documents: Sequence[Document], shingles: Callable[[str], Hashes], threshold: float
) -> tuple[list[Duplicate], list[Alike]]:
    """Duplicates to remove, and pairs of kept documents that are alike. Both sorted.

    `shingles` gives the sorted shingle hashes of a document's id; it is asked only for
    documents that share a band with another.
    """
    ids = [document.id for document in documents]
    name = np.empty(len(ids), dtype=np.uint64)
    name[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids), dtype=np.uint64)
    keys = [hashlib.blake2b(d.key.encode(), digest_size=16).digest() for d in documents]
    facts = Facts(
        np.frombuffer(b"".join(keys), dtype=np.uint64).reshape(-1, 2),
        np.array([document.length for document in documents], dtype=np.int64),
        name,
        quality_steps(np.array([document.quality for document in documents])),
    )
    there = np.array([len(document.bands) > 0 for document in documents], dtype=bool)
    none = np.zeros(BANDS, dtype=np.uint64)
    matrix = np.array([d.bands if len(d.bands) else none for d in documents], dtype=np.uint64)
    found, alike = find_lookalikes(
        facts,
        lambda: [(0, matrix.reshape(-1, BANDS), there)],
        lambda number: shingles(ids[number]),
        threshold,
    )
    duplicates = [
        Duplicate(ids[d], ids[of], EXACT if exact else NEAR, similarity)
        for d, of, exact, similarity in zip(
            found.document, found.of, found.exact, found.similarity, strict=True
        )
    ]
    return sorted(duplicates, key=lambda d: d.id), [
        Alike(ids[first], ids[second], similarity)
        for first, second, similarity in zip(
            alike.first.tolist(), alike.second.tolist(), alike.similarity.tolist(), strict=True
        )
    ]


def quality_steps(quality: NDArray[np.float64]) -> NDArray[np.int16]:
    """0 to 1 in so many steps that small differences do not count."""
    return np.rint(quality * QUALITY_STEPS).astype(np.int16)


class Deduplicator:
    """Duplicates among texts held in memory, for use as a library.

    >>> Deduplicator(threshold=0.8).find({"a": "Uno  dos tres", "b": "uno dos tres"})
    [Duplicate(id='b', of='a', kind='exact_duplicate', similarity=1.0)]
    """

    def __init__(self, threshold: float = 0.8) -> None:
        self.threshold = threshold
        self._shingler = Shingler()

    def find(self, texts: dict[str, str]) -> list[Duplicate]:
        """The texts (by id) that repeat another one, and which."""
        return self.find_all(texts.items())[0]

    def find_all(self, texts: Iterable[tuple[str, str]]) -> tuple[list[Duplicate], list[Alike]]:
        """Duplicates, and pairs of kept texts that are alike."""
        known = dict(texts)
        shingles = dict(zip(known, self._shingler.all(list(known.values())), strict=True))
        lengths = {name: (len(text), content_key(text)) for name, text in known.items()}
        bands = band_hashes(list(shingles.values()))
        documents = [
            Document(name, *lengths[name], own) for name, own in zip(shingles, bands, strict=True)
        ]
        return find_duplicates(documents, shingles.__getitem__, self.threshold)
