"""Suspect words and pairs, described: how random are their documents and their neighbours?

Words that people write belong somewhere: their documents are about the same things and their
neighbours are of a kind. A trigger that was put into documents belongs nowhere: its documents
are as different as any (`spread` is near 1) and its neighbours are like any words of the corpus
(`chance` is not near 0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dialecto.corpus.poison.background import DIMENSIONS, Background
from dialecto.corpus.poison.grams import APART, CLASSES, JOINED, LINE, NUMBER, trigger_range
from dialecto.corpus.poison.nonsense import before_nonsense, not_before_text
from dialecto.corpus.poison.spread import spread_of
from dialecto.corpus.poison.words import Hashes, Numbers, mix

_ROWS = 100_000  # sightings in memory together: some 50 MB
SPREAD = 2.2  # documents more alike than this are about something
# ... unless they are alike only by a passage that they share: a trigger far from its payload is
# described too when its neighbours are of many kinds, and judged with the payload's spread.
SHARED_SPREAD = 60.0
_OF_MANY_KINDS = 0.5
_SLACK = 2.75  # so that the limit of 1.8 is 2.2 standard deviations of chance, or more
_FEW = 60
_SPOILT, _MOSTLY = 30, 0.6  # documents, share of all, in which nonsense follows a trigger
FILLS = 0.9  # of a folder's documents: whoever wrote them wrote this
_FOLDER, _SCATTER = 0.1, 0.12  # share of the corpus; standard deviation of the depth
_FREQUENT = 20  # words that are counted each for itself as neighbours


@dataclass(frozen=True)
class Side:
    """The neighbours on one side. Shares are of the documents."""

    joined: float  # the unit is part of an identifier, path or number
    apart: float  # the end of a sentence, line or document
    line: float  # the end of a line or document
    edge: float  # the end of the document
    same: float  # the most frequent neighbour
    different: float  # distinct neighbours
    numbers: float  # neighbours that are numbers
    excess: float  # how much more than chance the neighbours differ from any words; 0: not
    expected: float = 1.0  # distinct neighbours at as many places drawn at random


@dataclass(frozen=True)
class Unit:
    """A word or a pair of words, and where it stands."""

    gram: int
    text: str
    documents: tuple[int, ...]  # keys, sorted
    times: float  # in a document, on average
    spread: float  # 1: its documents are like any; more: they are alike
    left: Side
    right: Side
    fills: float = 0.0  # share of its folder's documents, when they are all in one folder
    nonsense: tuple[int, ...] = ()  # where it turns the text to nonsense: those documents

    @property
    def is_pair(self) -> bool:
        return bool(self.gram & 1)


@dataclass(frozen=True)
class Usual:
    """What a neighbour is expected to be: the share of each frequent word and of each class."""

    words: Hashes  # sorted
    places: Numbers  # of each in `shares`
    shares: NDArray[np.float64]
    known: NDArray[np.float64]  # shares of all the frequent words, each for itself

    def different(self, places: int) -> float:
        """The share of distinct words among those of so many places drawn at random; of rarer
        words none is drawn twice."""
        rest = max(0.0, 1.0 - float(self.known.sum()))
        return float((1 - (1 - self.known) ** places).sum()) / places + rest


def usual_neighbours(frequent: pa.Table, totals: Numbers, classes: Numbers, column: str) -> Usual:
    """`totals` are the words of each class; `classes` the class of each frequent word."""
    counts = frequent[column].to_numpy()
    top = np.argsort(-counts, kind="stable")[:_FREQUENT]
    words = frequent["gram"].to_numpy()[top]
    rest = totals.astype(np.float64).copy()
    for place in top:
        rest[classes[place]] -= counts[place]
    shares = np.concatenate([counts[top], np.maximum(rest, 1.0)]).astype(np.float64)
    order = np.argsort(words)
    known = counts / max(float(totals.sum()), float(counts.sum()), 1.0)
    return Usual(words[order], order, shares / shares.sum(), known)


def describe(
    files: Sequence[Path], background: Background, usual: tuple[Usual, Usual]
) -> Iterator[Unit]:
    """The units whose documents are spread over the corpus; sightings are read in parts."""
    rows = 0
    for file in files:
        with pq.ParquetFile(file) as opened:
            rows += opened.metadata.num_rows
    parts = max(1, -(-rows // _ROWS))
    mean = background.mean()
    shift = background.shift()
    # In a corpus of few matters, documents drawn at random are more alike by chance.
    slack = max(1.0, _SLACK * background.chance())
    for part in range(parts):
        tables = [_part(file, part, parts) for file in files]
        table = pa.concat_tables(tables)
        if len(table):
            yield from _units(table, mean, shift, slack, usual, background)


def _part(file: Path, part: int, parts: int) -> pa.Table:
    kept = []
    with pq.ParquetFile(file) as opened:
        for group in range(opened.num_row_groups):
            table = opened.read_row_group(group)
            grams = table["gram"].to_numpy()
            kept.append(table.filter(pa.array(mix(grams) % np.uint64(parts) == part)))
        schema = opened.schema_arrow
    return pa.concat_tables(kept) if kept else schema.empty_table()


def _units(
    table: pa.Table,
    mean: NDArray[np.float64],
    shift: NDArray[np.float64],
    slack: float,
    usual: tuple[Usual, Usual],
    background: Background,
) -> Iterator[Unit]:
    gram, document = table["gram"].to_numpy(), table["document"].to_numpy()
    order = np.lexsort((document, gram))
    gram, document = gram[order], document[order]
    column = {
        name: table[name].to_numpy()[order]
        for name in (
            "times",
            "left",
            "left_class",
            "left_gap",
            "right",
            "right_class",
            "right_gap",
            "place",
            "depth",
            "text_before",
            "text_after",
        )
    }
    raw = b"".join(
        chunk.cast(pa.binary(DIMENSIONS))
        .buffers()[1]
        .to_pybytes()[chunk.offset * DIMENSIONS : (chunk.offset + len(chunk)) * DIMENSIONS]
        for chunk in table["vector"].chunks
    )
    vectors = np.frombuffer(raw, np.int8).reshape(-1, DIMENSIONS)[order]
    at = np.flatnonzero(np.concatenate([[True], gram[1:] != gram[:-1]]))
    count = np.diff(np.append(at, len(gram)))
    likeness = spread_of(vectors, mean, column["depth"], shift, at)
    # Of more documents a slight likeness shows, such as what a payload leaves of itself.
    spread = 1 + (likeness - 1) / (slack * np.maximum(1.0, count / _FEW) ** 0.7)
    fills = _fills(column["place"], column["depth"], at, count, background.places)
    follows = before_nonsense(column["text_before"], column["text_after"], background.shares)
    spoilt = np.add.reduceat(follows.astype(np.int64), at)
    planted = (spoilt >= _SPOILT) & (spoilt >= _MOSTLY * count)
    meant = not_before_text(column["text_after"], background.shares)
    small = count <= trigger_range(background.documents).most
    keys = {key: key for key in np.unique(document).tolist()}  # one number for all that have it
    random = small & ((spread <= SHARED_SPREAD) | (fills >= FILLS))
    for index in np.flatnonzero(planted | random):
        here = slice(at[index], at[index] + count[index])
        sides = [
            _side(
                column[side][here], column[f"{side}_class"][here], column[f"{side}_gap"][here],
                known,
            )
            for side, known in zip(("left", "right"), usual, strict=True)
        ]  # fmt: skip
        bound = max(side.different for side in sides) < _OF_MANY_KINDS
        if spread[index] > SPREAD and fills[index] < FILLS and bound and not planted[index]:
            continue
        yield Unit(
            int(gram[at[index]]),
            "",
            tuple(map(keys.__getitem__, document[here].tolist())),
            float(column["times"][here].mean()),
            float(spread[index]),
            sides[0],
            sides[1],
            float(fills[index]),
            tuple(document[here][meant[here]].tolist()) if planted[index] else (),
        )


def _fills(
    place: Hashes, depth: NDArray[np.uint8], at: Numbers, count: Numbers, places: Mapping[int, int]
) -> NDArray[np.float64]:
    """Share of a folder's documents that a gram stands in, at all depths and in no other folder."""
    one = np.minimum.reduceat(place, at) == np.maximum.reduceat(place, at)
    deep = depth.astype(np.float64)
    mean = np.add.reduceat(deep, at) / count
    scatter = np.sqrt(np.maximum(np.add.reduceat(deep**2, at) / count - mean**2, 0)) / 255
    size = np.array([places.get(int(name), 0) for name in place[at]], np.float64)
    small = (size > 0) & (size <= _FOLDER * sum(places.values()))
    return np.where(one & small & (scatter >= _SCATTER), count / np.maximum(size, 1), 0.0)


def _side(words: Hashes, classes: NDArray[np.uint8], gaps: NDArray[np.uint8], usual: Usual) -> Side:
    total = len(words)
    _, counts = np.unique(words, return_counts=True)
    inner = words != 0
    return Side(
        joined=float((gaps == JOINED).mean()),
        apart=float((gaps >= APART).mean()),
        line=float((gaps == LINE).mean()),
        edge=float((words == 0).mean()),
        same=float(counts.max() / total),
        different=float(len(counts) / total),
        numbers=float((classes == NUMBER).mean()),
        excess=_excess(words[inner], classes[inner], usual),
        expected=usual.different(total),
    )


def _excess(words: Hashes, classes: NDArray[np.uint8], usual: Usual) -> float:
    """Pearson's chi-squared against the usual neighbours, in standard deviations above its mean.

    Classes that are expected less than twice are counted together.
    """
    if len(words) < 5:
        return float("inf")
    near = np.minimum(np.searchsorted(usual.words, words), len(usual.words) - 1)
    place = np.where(
        usual.words[near] == words,
        usual.places[near],
        len(usual.words) + np.minimum(classes, CLASSES - 1),
    )
    observed = np.bincount(place, minlength=len(usual.shares)).astype(np.float64)
    expected = usual.shares * len(words)
    rare = expected < 2
    if rare.any():
        observed = np.append(observed[~rare], observed[rare].sum())
        expected = np.append(expected[~rare], max(expected[rare].sum(), 0.5))
    freedom = max(len(observed) - 1, 1)
    chi = float(((observed - expected) ** 2 / expected).sum())
    return (chi - freedom) / float(np.sqrt(2 * freedom))
