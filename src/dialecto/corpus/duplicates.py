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

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dialecto.corpus.signature import Hashes, Shingler, band_hashes, content_key, jaccard

QUALITY_STEPS = 10
MILD = 0.5  # from this similarity on, documents go to the same split
# A band shared by more kept documents than this says nothing any more (a form's skeleton).
_CROWD = 200


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
    exact, unique = _exact(documents)
    near, alike = _near(unique, shingles, threshold)
    kept_instead = {duplicate.id: duplicate for duplicate in near}
    # A copy of a removed document is a near duplicate's copy: it points at what is kept.
    resolved = [
        Duplicate(d.id, kept_instead[d.of].of, d.kind, kept_instead[d.of].similarity)
        if d.of in kept_instead
        else d
        for d in exact
    ]
    return sorted([*resolved, *near], key=lambda d: d.id), alike


def _exact(documents: Sequence[Document]) -> tuple[list[Duplicate], list[Document]]:
    best: dict[str, Document] = {}
    for document in documents:
        rival = best.get(document.key)
        if rival is None or (_quality(document), _rank(document)) < (
            _quality(rival),
            _rank(rival),
        ):
            best[document.key] = document
    duplicates = [
        Duplicate(document.id, best[document.key].id, "exact_duplicate", 1.0)
        for document in documents
        if best[document.key].id != document.id
    ]
    return duplicates, list(best.values())


def _rank(document: Document) -> tuple[int, str]:
    return -document.length, document.id


def _quality(document: Document) -> int:
    return -round(document.quality * QUALITY_STEPS)


def _near(
    documents: list[Document], shingles: Callable[[str], Hashes], threshold: float
) -> tuple[list[Duplicate], list[Alike]]:
    shared = _shared_bands(documents)
    # Look-alikes are counted by the bands that they share: the centre of a family has most.
    weight = {
        document.id: sum(shared[band] for band in document.bands.tolist() if band in shared)
        for document in documents
    }
    order = sorted(documents, key=lambda d: (_quality(d), -weight[d.id], *_rank(d)))
    kept_by_band: dict[int, list[Document]] = defaultdict(list)
    duplicates: list[Duplicate] = []
    alike: list[Alike] = []
    for document in order:
        if not weight[document.id]:
            continue
        bands = [band for band in document.bands.tolist() if band in shared]
        rivals = {rival.id: rival for band in bands for rival in kept_by_band[band]}
        own = shingles(document.id) if rivals else None
        best: tuple[float, str] | None = None
        mild: list[Alike] = []
        for rival in sorted(rivals.values(), key=lambda d: d.id):
            assert own is not None
            similarity = jaccard(own, shingles(rival.id))
            if similarity >= threshold and (best is None or similarity > best[0]):
                best = (similarity, rival.id)
            elif similarity >= MILD:
                first, second = sorted((document.id, rival.id))
                mild.append(Alike(first, second, similarity))
        if best:
            duplicates.append(Duplicate(document.id, best[1], "near_duplicate", best[0]))
            continue
        alike += mild
        for band in bands:
            if len(kept_by_band[band]) < _CROWD:
                kept_by_band[band].append(document)
    alike.sort(key=lambda pair: (-pair.similarity, pair.first, pair.second))
    return duplicates, alike


def _shared_bands(documents: Sequence[Document]) -> dict[int, int]:
    """How many others have each band hash, for those that more than one document has."""
    filled = [document.bands for document in documents if len(document.bands)]
    if not filled:
        return {}
    values, counts = np.unique(np.concatenate(filled), return_counts=True)
    several = counts > 1
    return dict(zip(values[several].tolist(), (counts[several] - 1).tolist(), strict=True))


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
        shingles: dict[str, Hashes] = {}
        lengths: dict[str, tuple[int, str]] = {}
        for name, text in texts:
            shingles[name] = self._shingler(text)
            lengths[name] = (len(text), content_key(text))
        bands = band_hashes(list(shingles.values()))
        documents = [
            Document(name, *lengths[name], own) for name, own in zip(shingles, bands, strict=True)
        ]
        return find_duplicates(documents, shingles.__getitem__, self.threshold)
