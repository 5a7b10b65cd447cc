"""Trains conditional random fields with CRFsuite and makes one model of tables of them.

Several CRFs whose weights are averaged are one CRF again, a logarithmic opinion pool (Smith,
Cohn and Osborne, "Logarithmic opinion pools for conditional random fields", ACL 2005): a
committee that costs no more to read than one of its members.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from dialecto.corpus.pii.crf_tables import (
    VIEWS,
    Attributes,
    Crf,
    Grams,
    key_bits,
    moves_of,
    surroundings_of,
    wholes_of,
)
from dialecto.corpus.pii.features import JOIN, OFFSETS, OUTSIDE, grams

_NEAR = re.compile(r"(-?\d):((?:[wsg]=|edge$).*)", re.DOTALL)
_OWN = re.compile(r"(?:gs|n|[eb][234]|W)=")
_FEATURE = re.compile(r"  \(\d+\) (.*) --> (\S+): (-?[\d.]+)$")

Weights = Mapping[str, Mapping[str, float]]
"""Feature -> label -> weight."""


def fit(
    sequences: Iterable[tuple[list[list[str]], list[str]]],
    penalties: Sequence[tuple[float, float]],
    *,
    iterations: int,
    minimum_count: int,
    rich: bool,
) -> Crf:
    """A model of (features, tags) sequences, fitted by L-BFGS.

    `penalties` are weights of the L1 and the L2 norm: one member of the committee for each.
    """
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    for rows, tags in sequences:
        if rows:
            trainer.append(rows, tags)
    members = []
    with TemporaryDirectory() as folder:
        for number, (l1, l2) in enumerate(penalties):
            trainer.set_params(
                {
                    "c1": l1,
                    "c2": l2,
                    "max_iterations": iterations,
                    "feature.minfreq": minimum_count,
                    "feature.possible_transitions": True,
                }
            )
            path = Path(folder) / str(number)
            trainer.train(str(path))
            members.append(read_weights(path))
    return compiled(*pooled(members), rich=rich)


def read_weights(path: Path) -> tuple[Weights, Weights]:
    """(features, transitions) of a file that CRFsuite wrote."""
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    info = tagger.info()
    state: dict[str, dict[str, float]] = defaultdict(dict)
    for (name, label), weight in info.state_features.items():
        state[name][label] = weight
    moves: dict[str, dict[str, float]] = defaultdict(dict)
    for (before, after), weight in info.transitions.items():
        moves[before][after] = weight
    return state, moves


def pooled(members: Sequence[tuple[Weights, Weights]]) -> tuple[Weights, Weights]:
    """The average of several models' weights."""

    def average(parts: Iterable[Weights]) -> Weights:
        total: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for part in parts:
            for name, weights in part.items():
                for label, weight in weights.items():
                    total[name][label] += weight / len(members)
        return total

    return average(m[0] for m in members), average(m[1] for m in members)


def compiled(state: Weights, moves: Weights, *, rich: bool) -> Crf:
    """The model of these weights as tables."""
    used = {label for weights in state.values() for label in weights} | set(moves) | {OUTSIDE}
    labels = tuple(sorted(used))
    numbers = {label: n for n, label in enumerate(labels)}

    def row(weights: Mapping[str, float]) -> Any:
        result = np.zeros(len(labels), np.float32)
        for label, weight in weights.items():
            result[numbers[label]] = weight
        return result

    afar: dict[str, dict[int, Mapping[str, float]]] = defaultdict(dict)
    own, context = {}, {}
    of_words: dict[str, dict[tuple[str, ...], Mapping[str, float]]] = {n: {} for n in grams(rich)}
    for name in sorted(state):
        head, sign, tail = name.partition("=")
        if match := _NEAR.fullmatch(name):
            afar[match.group(2)][int(match.group(1))] = state[name]
        elif sign and head in of_words:
            of_words[head][tuple(tail.split(JOIN))] = state[name]
        elif _OWN.match(name):
            own[name] = row(state[name])
        else:
            context[name] = row(state[name])
    near_rows = {name: n for n, name in enumerate(afar, 1)}
    near = np.zeros((len(OFFSETS), len(afar) + 1, len(labels)), np.float32)
    for name, by_offset in afar.items():
        for offset, weights in by_offset.items():
            near[OFFSETS.index(offset), near_rows[name]] = row(weights)
    codes = _codes(of_words, rich)
    tables = {
        name: _table(entries, codes[grams(rich)[name][0]], numbers)
        for name, entries in of_words.items()
    }
    attributes = _attributes(context, len(labels))
    transitions = np.stack([row(moves.get(label, {})) for label in labels])
    return Crf(
        labels=labels,
        transitions=transitions,
        moves=moves_of(labels, transitions),
        near=Attributes(near_rows, near),
        own=_attributes(own, len(labels)),
        context=attributes,
        codes=codes,
        grams=tables,
        rich=rich,
        wholes=wholes_of(tables, codes, len(labels), rich),
        surroundings=surroundings_of(attributes, None),
    )


def leaning(model: Crf, weight: float) -> Crf:
    """The same model, that much less inclined to say that a word is nothing."""
    transitions = model.transitions.copy()
    transitions[:, model.moves.outside] -= np.float32(weight)
    return replace(model, transitions=transitions, moves=moves_of(model.labels, transitions))


def _attributes(rows: Mapping[str, Any], width: int) -> Attributes:
    weights = np.stack([np.zeros(width, np.float32), *rows.values()])
    return Attributes({name: n for n, name in enumerate(rows, 1)}, weights)


def _codes(
    of_words: Mapping[str, Mapping[tuple[str, ...], Any]], rich: bool
) -> dict[str, dict[str, int]]:
    values: dict[str, set[str]] = {view: set() for view in VIEWS}
    for name, entries in of_words.items():
        values[grams(rich)[name][0]].update(part for parts in entries for part in parts)
    return {view: {value: n for n, value in enumerate(sorted(values[view]))} for view in VIEWS}


def _table(
    entries: Mapping[tuple[str, ...], Mapping[str, float]],
    codes: Mapping[str, int],
    numbers: Mapping[str, int],
) -> Grams:
    keyed = []
    for parts, weights in entries.items():
        key, bits = 0, key_bits(len(parts))
        if any(codes[part] >> bits for part in parts):
            continue  # more values than the key has room for: only beyond a million words
        for part in parts:
            key = (key << bits) | codes[part]
        keyed.append((key, weights))
    keyed.sort(key=lambda pair: pair[0])
    sizes = [len(weights) for _, weights in keyed]
    cells = [(numbers[label], weight) for _, w in keyed for label, weight in sorted(w.items())]
    return Grams(
        keys=np.array([key for key, _ in keyed], np.int64),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        labels=np.array([label for label, _ in cells], np.int64),
        weights=np.array([weight for _, weight in cells], np.float32),
    )
