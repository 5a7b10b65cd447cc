"""The tables that a conditional random field is made of, and the file they are kept in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from dialecto.corpus.pii.convolution import OF_WORDS, Network
from dialecto.corpus.pii.features import OUTSIDE, grams
from dialecto.runtime.files import write_bytes

Floats = np.ndarray[Any, np.dtype[np.float32]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

VIEWS = ("w", "s", "g", "d")
_FEW_CLASSES = 80
_NEVER = 1e4


def key_bits(size: int) -> int:
    """Bits of one code in the key of a gram of `size` words."""
    return min(20, 60 // size)


@dataclass(frozen=True)
class Attributes:
    """Names of features and their weights: row 0 is all zeros, for names that are not known.

    `weights` is (rows, labels), or (offsets, rows, labels) for features seen from afar.
    """

    rows: dict[str, int]
    weights: Floats


@dataclass(frozen=True)
class Grams:
    """Weights of features of several words: sorted keys made of codes, then a sparse table."""

    keys: Integers
    starts: Integers
    labels: Integers
    weights: Floats

    def whole(self, codes: int, labels: int) -> Floats | None:
        """All rows for pairs of few classes, by `(first + 1) * (codes + 1) + second + 1`."""
        if not 0 < codes <= _FEW_CLASSES:
            return None
        rows = np.zeros(((codes + 1) ** 2, labels), np.float32)
        bits = key_bits(2)
        first, second = self.keys >> bits, self.keys & ((1 << bits) - 1)
        at = np.repeat((first + 1) * (codes + 1) + second + 1, np.diff(self.starts))
        rows[at, self.labels] = self.weights
        return rows

    def of(self, wanted: Integers) -> tuple[Integers, Integers, Floats]:
        """(index in `wanted`, label, weight) of everything that these keys weigh."""
        found = np.searchsorted(self.keys, wanted)
        found[found == len(self.keys)] = 0
        places = np.flatnonzero(self.keys[found] == wanted)
        found = found[places]
        first = self.starts[found]
        counts = self.starts[found + 1] - first
        firsts = np.repeat(first - (np.cumsum(counts) - counts), counts)
        cells = firsts + np.arange(len(firsts))
        return np.repeat(places, counts), self.labels[cells], self.weights[cells]


@dataclass
class Memory:
    """The words met so far, each with its rows: bounded, begun afresh when full."""

    rows: dict[str, int] = field(default_factory=dict)
    table: Floats = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
    codes: Integers = field(default_factory=lambda: np.zeros((0, len(VIEWS)), np.int64))
    vectors: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))


@dataclass(frozen=True)
class Moves:
    """What it weighs to go from one label to another.

    `weights` forbid an I- after anything but its own type; `backward` are the same, to label by
    from label; `opening` forbids an I- at the beginning of a line. For each type: the numbers
    of its B- and I-, and the most that the moves can add to a run of it that takes the place
    of `O`: when it is entered, stays, or is left.
    """

    outside: int
    weights: Floats
    backward: Floats
    opening: Floats
    begin: Integers
    inside: Integers
    enter: Floats
    stay: Floats
    leave: Floats


def moves_of(labels: Sequence[str], transitions: Floats) -> Moves:
    """Raises ValueError when no label is `O`."""
    outside = labels.index(OUTSIDE)
    inner = np.array([label[:2] == "I-" for label in labels])
    own_type = np.array([[a[2:] == b[2:] for b in labels] for a in labels])
    weights = np.where(inner & ~own_type, np.float32(-_NEVER), transitions)
    types = sorted({label[2:] for label in labels if label != OUTSIDE})
    # A type that was never longer than a word has no I-: it may not be left for its B-.
    begin = np.array([_number(labels, f"B-{t}", outside) for t in types], np.int64)
    inside = np.array([_number(labels, f"I-{t}", outside) for t in types], np.int64)
    enter = np.maximum(weights[outside] - weights[outside, outside], 0)[begin]
    left = np.maximum(weights[:, outside] - weights[outside, outside], 0)
    again = weights[inside, inside]
    enter = enter + np.maximum(weights[begin, inside] - again, 0)
    stay = again - weights[outside, outside]
    return Moves(
        outside=outside,
        weights=weights,
        backward=np.ascontiguousarray(weights.T),
        opening=np.where(inner, np.float32(-_NEVER), np.float32(0)),
        begin=begin,
        inside=inside,
        enter=np.where(begin == outside, np.float32(-_NEVER), enter),
        stay=np.where(inside == outside, np.float32(-_NEVER), stay),
        leave=np.maximum(left[begin], left[inside]),
    )


def _number(labels: Sequence[str], label: str, missing: int) -> int:
    return labels.index(label) if label in labels else missing


@dataclass(frozen=True)
class Surroundings:
    """What features of the context weigh, and their vectors for the network if there is one.

    Names, weights and vectors go by the same rows; row 0 is all zeros.
    """

    rows: dict[str, int]
    weights: Floats
    vectors: Floats | None


def surroundings_of(context: Attributes, network: Network | None) -> Surroundings:
    """The rows of a field's context, then those of the network's features that it lacks."""
    if network is None:
        return Surroundings(context.rows, context.weights, None)
    others = (name for name in network.features if not OF_WORDS.match(name))
    names = [*context.rows, *(name for name in others if name not in context.rows)]
    weights = np.zeros((len(names) + 1, context.weights.shape[1]), np.float32)
    weights[: len(context.weights)] = context.weights
    vectors = network.vectors[[0, *(network.features.get(name, 0) for name in names)]]
    return Surroundings({name: row for row, name in enumerate(names, 1)}, weights, vectors)


@dataclass(frozen=True)
class Crf:
    """A model. `codes` numbers the values of each view that `grams` are made of.

    `network` reads beside it, if there is one.
    """

    labels: tuple[str, ...]
    transitions: Floats
    moves: Moves
    near: Attributes
    own: Attributes
    context: Attributes
    codes: dict[str, dict[str, int]]
    grams: dict[str, Grams]
    rich: bool
    wholes: dict[str, Floats | None]
    surroundings: Surroundings
    network: Network | None = None
    memory: Memory = field(default_factory=Memory)


def with_network(model: Crf, network: Network) -> Crf:
    """The same field with a network beside it."""
    around = surroundings_of(model.context, network)
    return replace(model, network=network, surroundings=around, memory=Memory())


def save(model: Crf, path: Path) -> None:
    """The same model gives the same bytes."""
    arrays: dict[str, Any] = {
        "labels": _packed(model.labels),
        "rich": np.array([model.rich]),
        "transitions": model.transitions,
    }
    for name in ("near", "own", "context"):
        part: Attributes = getattr(model, name)
        arrays[f"{name}.names"] = _packed(part.rows)
        arrays[f"{name}.weights"] = part.weights
    for view in VIEWS:
        arrays[f"codes.{view}"] = _packed(model.codes[view])
    for name, table in model.grams.items():
        arrays[f"gram.{name}.keys"] = table.keys
        arrays[f"gram.{name}.starts"] = table.starts.astype(np.int32)
        arrays[f"gram.{name}.labels"] = table.labels.astype(np.uint8)
        arrays[f"gram.{name}.weights"] = table.weights
    if (network := model.network) is not None:
        arrays["network.features"] = _packed(network.features)
        # Half the digits are enough for vectors that were learnt from noise and with noise.
        arrays["network.vectors"] = network.vectors.astype(np.float16)
        arrays["network.kernels"] = network.kernels
        arrays["network.biases"] = network.biases
        arrays["network.out"] = network.out
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_bytes(path, buffer.getvalue())


def _packed(names: Any) -> Any:
    return np.frombuffer("\n".join(names).encode(), np.uint8)


def wholes_of(
    tables: Mapping[str, Grams], codes: Mapping[str, Mapping[str, int]], labels: int, rich: bool
) -> dict[str, Floats | None]:
    """The tables of pairs of few classes, written out whole."""
    return {
        name: tables[name].whole(len(codes[view]), labels) if len(offsets) == 2 else None
        for name, (view, offsets) in grams(rich).items()
    }


@cache
def load(path: Path) -> Crf:
    """A trained model, read once for each process."""
    with np.load(path) as arrays:

        def names(key: str) -> list[str]:
            text = arrays[key].tobytes().decode()
            return text.split("\n") if text else []

        def attributes(part: str) -> Attributes:
            rows = {name: row for row, name in enumerate(names(f"{part}.names"), 1)}
            return Attributes(rows, arrays[f"{part}.weights"])

        rich = bool(arrays["rich"][0])
        labels = tuple(names("labels"))
        codes = {
            view: {name: code for code, name in enumerate(names(f"codes.{view}"))} for view in VIEWS
        }
        tables = {
            name: Grams(
                arrays[f"gram.{name}.keys"],
                arrays[f"gram.{name}.starts"].astype(np.int64),
                arrays[f"gram.{name}.labels"].astype(np.int64),
                arrays[f"gram.{name}.weights"],
            )
            for name in grams(rich)
        }
        network = None
        if "network.vectors" in arrays:
            network = Network(
                features={name: row for row, name in enumerate(names("network.features"), 1)},
                vectors=arrays["network.vectors"].astype(np.float32),
                kernels=arrays["network.kernels"],
                biases=arrays["network.biases"],
                out=arrays["network.out"],
            )
        context = attributes("context")
        return Crf(
            labels=labels,
            transitions=arrays["transitions"],
            moves=moves_of(labels, arrays["transitions"]),
            near=attributes("near"),
            own=attributes("own"),
            context=context,
            codes=codes,
            grams=tables,
            rich=rich,
            wholes=wholes_of(tables, codes, len(labels), rich),
            surroundings=surroundings_of(context, network),
            network=network,
        )
