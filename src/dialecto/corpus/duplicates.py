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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.lookalikes import Facts, find_lookalikes
from dialecto.corpus.shingles import Hashes, Numbers, Shingler, ShingleSets
from dialecto.corpus.signature import band_hashes, content_key

QUALITY_STEPS = 10
EXACT, NEAR = "exact_duplicate", "near_duplicate"


@dataclass(frozen=True)
class Document:
    """What the search needs to know of a document, besides its shingles."""

    id: str
    length: int
    key: str = ""  # of its content: documents of one key are exact duplicates; "": of none
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
    documents: Sequence[Document], shingles: ShingleSets, threshold: float
) -> tuple[list[Duplicate], list[Alike]]:
    """Duplicates to remove, and pairs of kept documents that are alike. Both sorted.

    `shingles` holds the documents' shingles, in their order.
    """
    return _search(
        [document.id for document in documents],
        np.array([document.length for document in documents], dtype=np.int64),
        [document.key for document in documents],
        np.array([document.quality for document in documents], dtype=np.float64),
        shingles,
        threshold,
    )


def _search(
    ids: Sequence[str],
    lengths: Numbers,
    keys: Sequence[str],
    quality: NDArray[np.float64],
    shingles: ShingleSets,
    threshold: float,
) -> tuple[list[Duplicate], list[Alike]]:
    name = np.empty(len(ids), dtype=np.uint64)
    name[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids), dtype=np.uint64)
    found, alike = find_lookalikes(
        Facts(_keys(keys), lengths, name, quality_steps(quality)),
        lambda: [(0, band_hashes(shingles), shingles.counts > 0)],
        shingles,
        threshold,
    )
    columns = found.document, found.of, found.exact, found.similarity
    duplicates = [
        Duplicate(ids[d], ids[of], EXACT if exact else NEAR, similarity)
        for d, of, exact, similarity in zip(*(c.tolist() for c in columns), strict=True)
    ]
    return sorted(duplicates, key=lambda d: d.id), [
        Alike(ids[first], ids[second], similarity)
        for first, second, similarity in zip(
            alike.first.tolist(), alike.second.tolist(), alike.similarity.tolist(), strict=True
        )
    ]


def _keys(keys: Sequence[str]) -> Hashes:
    """128 bits of each key, and for none the document's number: shape (documents, 2)."""
    found = np.zeros((len(keys), 2), dtype=np.uint64)
    found[:, 1] = np.arange(len(keys))
    for number, key in enumerate(keys):
        if key:
            digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
            found[number] = np.frombuffer(digest, dtype=np.uint64)
    return found


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
        shingles = self._shingler.all(list(known.values()))
        # Texts of one content have the same shingles; few others have to be compared whole.
        _, group, count = np.unique(shingles.sums, return_inverse=True, return_counts=True)
        twice = (count[group] > 1).tolist()
        keys = [
            content_key(text) if perhaps else ""
            for text, perhaps in zip(known.values(), twice, strict=True)
        ]
        lengths = np.array([len(text) for text in known.values()], dtype=np.int64)
        return _search(list(known), lengths, keys, np.zeros(len(keys)), shingles, self.threshold)
