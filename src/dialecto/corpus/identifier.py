"""The language of many texts at once, by py3langid's model.

The library walks an automaton over a text's bytes one by one, in Python, and that was an eighth of
the time that a corpus takes. The walk is an equation, state(i) = next(state(i - 1), byte(i)), and
the automaton forgets what lies more than a few bytes back; so all bytes of all texts take their
next step together, from what is known of the states so far, until no state changes. What then
holds is the equation, whatever the model: the states are those of the walk.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TOGETHER = 500_000  # bytes


class Identifier:
    """Naive Bayes over the byte n-grams that an automaton finds."""

    def __init__(self, model: Any) -> None:
        """model: a `py3langid.langid.LanguageIdentifier`."""
        self._next = np.asarray(model.tk_nextmove)  # shape (distinct rows * 256,)
        self._rows = np.asarray(model.tk_row).astype(np.int64) << 8  # shape (states,)
        self._found = np.asarray(model.tk_output, dtype=np.int32)  # a feature or -1; (states,)
        self._table = model.nb_ptc.astype(np.float32)  # shape (features, classes)
        self._prior = model.nb_pc
        self._names: list[str] = list(model.nb_classes)
        first = [self._names.index(name) for name in self._names]
        # Some languages have a class for each script.
        self._aliases = [(one, two) for two, one in enumerate(first) if one != two]

    def classify(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The likeliest language of each text, as ISO 639-1, and its probability."""
        coded = [_coded(text) for text in texts]
        return [
            self._likeliest(features, len(own))
            for part in _parts(coded)
            for features, own in zip(self._features(part), part, strict=True)
        ]

    def _features(self, texts: Sequence[bytes]) -> Iterator[NDArray[np.int32]]:
        """The features found in each text, -1 where a byte completes none."""
        codes = np.frombuffer(b"".join(texts), dtype=np.uint8)
        ends = np.cumsum([len(text) for text in texts])
        begins = np.concatenate(([0], ends[:-1]))
        starts = begins[begins < len(codes)]
        states = np.zeros(len(codes), dtype=self._next.dtype)
        before = np.zeros_like(states)
        while True:
            before[1:] = states[:-1]
            before[starts] = 0
            fresh = self._next[self._rows[before] + codes]
            if np.array_equal(fresh, states):
                break
            states = fresh
        found = self._found[states]
        return (found[begin:end] for begin, end in zip(begins, ends, strict=True))

    def _likeliest(self, features: NDArray[np.int32], size: int) -> tuple[str, float]:
        features, counts = np.unique(features[features >= 0], return_counts=True)
        scores = np.log1p(counts.astype(np.float32)) @ self._table[features]
        if len(features):
            scores += self._prior
        # The library's temperature: what long texts say is else taken for certain.
        scores *= 1.0 / math.sqrt(size or 1)
        np.exp(scores - scores.max(), out=scores)
        scores /= scores.sum()
        for one, other in self._aliases:
            scores[one] += scores[other]
            scores[other] = 0.0
        best = int(scores.argmax())
        return self._names[best], float(scores[best])


def _coded(text: str) -> bytes:
    """As the library prepares it: what is all in capitals is in small letters."""
    small = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", small).encode("utf-8", "surrogatepass")


def _parts(texts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Texts in runs of some bytes, so that memory does not grow with their number."""
    start = size = 0
    for place, text in enumerate(texts, 1):
        size += len(text)
        if size >= _TOGETHER or place == len(texts):
            yield texts[start:place]
            start, size = place, 0


@cache
def identifier() -> Identifier:
    """The model that py3langid ships; loaded once, in about half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return Identifier(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
