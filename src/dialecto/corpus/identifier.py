"""The language of many texts at once, by py3langid's model.

The library walks an automaton over a text's bytes one by one, in Python, and that was an eighth of
the time that a corpus takes. The walk is an equation, state(i) = next(state(i - 1), byte(i)), and
the automaton forgets what lies more than a few bytes back; so all bytes of all texts take their
next step together, from what is known of the states so far, until no state changes. What then
holds is the equation, whatever the model: the states are those of the walk.
"""

from __future__ import annotations

import io
import lzma
import math
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TOGETHER = 500_000  # bytes
_HEADER = 4096  # bytes at the beginning of an array; its own header is some 120


class Identifier:
    """Naive Bayes over the byte n-grams that an automaton finds."""

    def __init__(self, model: Mapping[str, NDArray[Any]]) -> None:
        """model: the arrays of a py3langid model, by their names in its file."""
        self._next = model["nextmove"]  # shape (distinct rows * 256,)
        self._rows = model["nextmove_row"].astype(np.int64) << 8  # shape (states,)
        self._found = model["out_feat"]  # a feature or -1; shape (states,)
        self._half = model["ptc"]  # half precision, slow to count with; (features, classes)
        # The same in single precision, of the features that were asked for: a small corpus has a
        # tenth of them, and memory that is never written costs nothing.
        self._table = np.empty(self._half.shape, dtype=np.float32)
        self._ready = np.zeros(len(self._half), dtype=np.bool_)
        self._prior = model["pc"]
        self._names: list[str] = model["classes"].tolist()
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
        fresh = features[~self._ready[features]]
        self._table[fresh] = self._half[fresh]
        self._ready[fresh] = True
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
    """The model that py3langid ships; loaded once, in about 0.4 s."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    return Identifier(read_model(Path(MODEL_DIR) / MODEL_FILE))


def read_model(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a model's file (.npz in .xz), read only.

    They stay where they were unpacked; the library's own reader goes by a file on disk and Python
    lists, which takes as long again. What LZMA unpacks it has checked.
    """
    raw = lzma.decompress(path.read_bytes())
    found: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(io.BytesIO(raw)) as files:
        for member in files.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{path}: {member.filename} is compressed; it should be stored.")
            # The lengths of name and extra field, the last two numbers of a member's header.
            name, extra = struct.unpack_from("<HH", raw, member.header_offset + 26)
            begin = member.header_offset + 30 + name + extra
            header = io.BytesIO(raw[begin : begin + _HEADER])
            if np.lib.format.read_magic(header) != (1, 0):
                raise ValueError(f"{path}: {member.filename} is of another version of .npy.")
            shape, _, kind = np.lib.format.read_array_header_1_0(header)
            values = np.frombuffer(raw, kind, math.prod(shape), begin + header.tell())
            found[member.filename.removesuffix(".npy")] = values.reshape(shape)
    return found
