"""What is usual in the whole corpus, beside which the places of a suspect are judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.poison.grams import CLASSES
from dialecto.corpus.poison.nonsense import STEPS
from dialecto.corpus.poison.words import Numbers

LOOKS = 3  # of what workers tell of their documents; raised with every change of it
DIMENSIONS = 64
DEPTHS = 9  # from a document's first word to its last
_SHIFT = 0.8  # where measured, 0.1 to 0.5 in written text, 1.0 in a handbook, 3 from templates


@dataclass
class Background:
    """What is usual in the corpus: topics, and the looks of words before and after a space."""

    documents: int
    vectors: Numbers  # sum of all documents' vectors
    windows: Numbers  # the same without the words around a place, for places at `DEPTHS` depths
    shares: Numbers  # texts by their share of usual pairs of words, `nonsense.STEPS`
    products: Numbers  # sum of their outer products
    before: Numbers  # words of each class that a space follows
    after: Numbers
    places: dict[int, int]  # documents of each folder

    @classmethod
    def empty(cls) -> Background:
        return cls(
            0, np.zeros(DIMENSIONS, np.int64), np.zeros((DEPTHS, DIMENSIONS), np.int64),
            np.zeros(STEPS, np.int64),
            np.zeros((DIMENSIONS, DIMENSIONS), np.int64),
            np.zeros(CLASSES, np.int64),
            np.zeros(CLASSES, np.int64), {},
        )  # fmt: skip

    def mean(self) -> NDArray[np.float64]:
        """The mean of the documents' vectors. shape [DIMENSIONS]"""
        found: NDArray[np.float64] = self.vectors / max(self.documents, 1)
        return found

    def _scatter(self) -> NDArray[np.float64]:
        mean = self.mean()
        found: NDArray[np.float64] = self.products / max(self.documents, 1) - np.outer(mean, mean)
        return found

    def chance(self) -> float:
        """Standard deviation of the spread of random documents: large when they are of few kinds.

        The spread of documents drawn at random is a mean of squares over as many independent
        directions as the topics have.
        """
        scatter = self._scatter()
        total = float(np.trace(scatter))
        return float(np.sqrt(2 * (scatter**2).sum())) / total if total > 0 else 1.0

    def shift(self) -> NDArray[np.float64]:
        """What leaving the words around a place out does to the mean, by depth; nothing unless it
        makes fifty documents look alike by as much again, as in documents made from templates.
        shape [DEPTHS, DIMENSIONS]"""
        moved: NDArray[np.float64] = self.windows / max(self.documents, 1) - self.mean()
        seen = 50 * (moved**2).sum(axis=1).max() >= _SHIFT * np.trace(self._scatter())
        return moved if seen else np.zeros_like(moved)

    def add(self, other: Background) -> None:
        self.documents += other.documents
        self.vectors = self.vectors + other.vectors
        self.windows = self.windows + other.windows
        self.shares = self.shares + other.shares
        self.products = self.products + other.products
        self.before = self.before + other.before
        for place, count in other.places.items():
            self.places[place] = self.places.get(place, 0) + count
        self.after = self.after + other.after
