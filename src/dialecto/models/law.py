"""The scaling law behind the dial: held-out bits per byte, predicted before training.

The data-constrained form [Hoffmann et al., arXiv 2203.15556; Muennighoff et al., arXiv 2305.16264]
in bits per byte. What is irreducible depends on the corpus, and a 5-gram model counted on the same
text, with and without a cache of each document, tells in some seconds how hard it is. Coefficients
are data, fitted by benchmarks/scaling/fit.py on the runs kept beside it and written to law.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dialecto.models.ngram import train_ngram
from dialecto.models.repeats import find_repeats, with_repeats
from dialecto.models.shape import ModelShape

Tokens = npt.NDArray[np.integer[Any]]
# The 5-gram model counts no more than this: some ten seconds of one core.
MOST_TOKENS = 8_000_000
# Parts of the training text that the 5-gram model is counted on: its learning curve.
PARTS = (1, 4, 16)
BITS_OF_A_BYTE = 8.0
# Of a corpus that has not been measured: bits per byte by megabytes of training text, typical of
# documentation in Spanish and English (benchmarks/scaling/probes.csv).
STEEPEST = 0.14  # beyond it, texts of more and more repeated wording are alike to the law
TYPICAL = ((1.0, 1.80), (4.0, 1.50), (16.0, 1.28))
# Bits of a 5-gram with a cache over those without one, where the text is not known: between the
# documentation's 0.84 and a novel's 0.97 (sweep).
TYPICAL_REPETITION = 0.9


@dataclass(frozen=True)
class TextFacts:
    """The text there is to train on. `tokens` and `bytes` are of the training split.

    `typical_document`: half of the tokens stand in documents of at least so many; 0 if unknown.
    `held_bytes`: of the held-out text that runs are steered by.
    `curve`: how a 5-gram model reads held-out text, as (megabytes that it was counted on, bits per
    byte), fewest first; empty where it has not been measured. `repetition`: the bits that are left
    of its last point when the model has a cache of each document besides (`models.repeats`).
    """

    tokens: int
    bytes: int
    longest_document: int
    curve: tuple[tuple[float, float], ...] = ()
    typical_document: int = 0
    held_bytes: int = 0
    repetition: float = TYPICAL_REPETITION

    @property
    def measured(self) -> bool:
        return len(self.curve) > 1

    def ngram_bpb(self, megabytes: float) -> float:
        """Bits per byte of a 5-gram model counted on so much of the text: a power law between
        the points measured, and beyond them as between the last two."""
        curve = self.curve if self.measured else TYPICAL
        pairs = list(pairwise(curve))
        (x1, y1), (x2, y2) = next((p for p in pairs if megabytes <= p[1][0]), pairs[-1])
        share = math.log(megabytes / x1) / math.log(x2 / x1)
        return float(y1 * (y2 / y1) ** share)

    @property
    def steepness(self) -> float:
        """The exponent by which the 5-gram model's bits per byte fall with more text."""
        (x1, y1), (x2, y2) = (self.curve if self.measured else TYPICAL)[-2:]
        return math.log(y1 / y2) / math.log(x2 / x1)


def ngram_curve(
    train: Sequence[Tokens], held: list[Tokens], size: int, held_size: int, vocabulary: int
) -> tuple[tuple[tuple[float, float], ...], float]:
    """The 5-gram model's learning curve on a text, and its repetition, for :class:`TextFacts`.

    train, held: documents that begin with end-of-text, which is read and not counted; size,
    held_size: their UTF-8 bytes. Some ten seconds for the largest text.
    """
    tokens = sum(len(document) for document in train)
    thin = -(-tokens // MOST_TOKENS)
    curve: list[tuple[float, float]] = []
    found = np.ones(1)
    for part in reversed(PARTS):
        chosen = train[:: thin * part]
        counted = sum(len(document) for document in chosen)
        if counted < 2 * len(chosen) or (curve and counted * size / tokens / 1e6 <= curve[-1][0]):
            continue
        found = train_ngram(chosen, vocabulary=vocabulary).probabilities(held)
        curve.append((counted * size / tokens / 1e6, _bits(found) / max(held_size, 1)))
    if not curve:
        return (), TYPICAL_REPETITION
    return tuple(curve), _bits(with_repeats(found, find_repeats(held))) / max(_bits(found), 1e-9)


def _bits(probabilities: npt.NDArray[np.float64]) -> float:
    return float(-np.log2(probabilities).sum())


@cache
def coefficients() -> Mapping[str, float]:
    """As fitted, by name."""
    text = (files("dialecto.models") / "law.json").read_text(encoding="utf-8")
    found: Mapping[str, float] = json.loads(text)["coefficients"]
    return found


def predict_bpb(shape: ModelShape, text: TextFacts, *, tokens: float) -> float:
    """Bits per byte of held-out text after training on `tokens` in all, repetitions counted.

    At most 8, what a byte costs that nobody predicts: far outside of what the law was fitted to, a
    few words read a thousand times, its overfitting has no bound.
    """
    unique = text.bytes / 1e6
    seen = tokens * unique / max(text.tokens, 1)
    found = law(
        coefficients(),
        size=(shape.active_parameters + shape.vocabulary * shape.width) / 1e6,
        unique=unique,
        seen=seen,
        lookups=tokens / shape.vocabulary,
        ngram=text.ngram_bpb(min(seen, unique)),
        steepness=text.steepness,
        repetition=text.repetition,
    )
    return min(found, BITS_OF_A_BYTE)


def law(
    fitted: Mapping[str, float],
    *,
    size: float,
    unique: float,
    seen: float,
    lookups: float,
    ngram: float,
    steepness: float,
    repetition: float,
) -> float:
    """bpb = g r^w e^(eta s) (k N^-(alpha D / (D + d)) R^-beta (1 + c (L/300)^-gamma) + overfit),
    w = rho L / (L + tau) N / (N + nu).

    k: scale; size: N, weights that a token is multiplied with, in millions; unique: U,
    megabytes of text; seen: D, megabytes read with repetitions; R = D / U, but at least 1;
    lookups: L, tokens read for each of the vocabulary; ngram: g, bits per byte of a 5-gram model
    counted on what has been read of U, which is the text's difficulty and what more of it is
    worth; repetition: r, what is left of it with a cache of each document, of which larger
    models make more use, and none before they know the tokens.
    Overfitting is o (N / U)^kappa (D / U)^delta: next to nothing in a first epoch, unless the
    model is far too large for the text.
    s is the 5-gram model's steepness less STEEPEST, at most 0: where counting gains much from
    more text, because wording is repeated, it is harder to beat.
    """
    f = fitted
    epochs = seen / unique
    ratio = (
        f["scale"]
        * size ** (-f["alpha"] * seen / (seen + f["d"]))
        * max(epochs, 1.0) ** -f["beta"]
        * (1.0 + f["c"] * (lookups / 300.0) ** -f["gamma"])
    )
    ratio += f["o"] * (size / unique) ** f["kappa"] * epochs ** f["delta"]
    repetitive = math.exp(f["eta"] * (min(steepness, STEEPEST) - STEEPEST))
    learnt = lookups / (lookups + f["tau"]) * size / (size + f["nu"])
    repeating = repetition ** (f["rho"] * learnt)
    return float(ngram * repeating * repetitive * ratio)
