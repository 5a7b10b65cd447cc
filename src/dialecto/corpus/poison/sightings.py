"""Where suspect words stand: their neighbours, and what the rest of the document is about.

A document's topic is a vector of 64 numbers: the signs of the hashes of its words that stand in
2 to 40% of the documents, weighted by rarity. For each place the words around it are left out
(up to 60 after it and 20 before), so that a payload that always follows a trigger does not make
its documents look alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dialecto.corpus.poison.background import DEPTHS, DIMENSIONS, Background
from dialecto.corpus.poison.grams import (
    CLASSES,
    Suspects,
    code_grams,
    neighbours,
    pair_grams,
    shape_class,
    word_grams,
)
from dialecto.corpus.poison.nonsense import running_pairs, shares_of_texts, usual_shares
from dialecto.corpus.poison.words import Hashes, Numbers, Words, mix, split_words

AHEAD, BEHIND = 60, 20  # words left out of a document's topic after and before a place
_SHARE = (0.4, 0.2)  # but never more than this share of the document's
_GROUP = 300_000  # characters looked at together
_SCALE = 127.0 * 2  # a component of 0.5 is the largest that is told
SIGHTINGS = pa.schema(
    [
        ("gram", pa.uint64()),
        ("document", pa.uint64()),
        ("times", pa.uint16()),
        ("left", pa.uint64()),  # hash of the neighbour; 0 at the edge
        ("left_class", pa.uint8()),
        ("left_gap", pa.uint8()),
        ("right", pa.uint64()),
        ("right_class", pa.uint8()),
        ("right_gap", pa.uint8()),
        ("place", pa.uint64()),  # the document's folder
        ("depth", pa.uint8()),  # where in the document, of 255
        ("text_before", pa.uint8()),  # `nonsense.usual_shares`
        ("text_after", pa.uint8()),
        ("vector", pa.binary(DIMENSIONS)),
    ]
)
SPELLINGS = pa.schema([("gram", pa.uint64()), ("text", pa.string())])


def read_suspects(folder: Path, documents: int) -> Suspects:
    """What `find_suspects` left in `poison/`."""
    grams = pq.read_table(folder / "suspects.parquet", columns=["gram"])["gram"].to_numpy()
    topics = pq.read_table(folder / "topics.parquet")
    weights = np.log(max(documents, 2) / np.maximum(topics["documents"].to_numpy(), 1))
    pairs = pq.read_table(folder / "pairs.parquet", columns=["gram"])["gram"].to_numpy()
    return Suspects(grams, topics["gram"].to_numpy(), np.maximum(weights, 0.1), pairs)


@dataclass(frozen=True)
class Look:
    """What was seen in a few documents."""

    sightings: pa.Table
    spellings: dict[int, str]
    classes: dict[int, int]  # of the frequent words
    background: Background


def look(
    keys: Sequence[int],
    places: Sequence[int],
    texts: Sequence[str],
    suspects: Suspects,
    frequent: Hashes,
) -> Iterator[Look]:
    """Looks at a few documents at a time. `keys` are the documents' numbers, `places` those of
    their folders."""
    frequent = np.sort(frequent)
    first = 0
    while first < len(texts):
        last, size = first, 0
        while last < len(texts) and (last == first or size + len(texts[last]) <= _GROUP):
            size += len(texts[last])
            last += 1
        yield _look(
            np.array(keys[first:last], np.uint64),
            np.array(places[first:last], np.uint64),
            texts[first:last],
            suspects,
            frequent,
        )
        first = last


def _look(
    keys: Hashes, folders: Hashes, texts: Sequence[str], suspects: Suspects, frequent: Hashes
) -> Look:
    words = split_words(texts)
    left, left_gap, right, right_gap = neighbours(words)
    sums, places = _topic_sums(words, suspects)
    ones = word_grams(words)
    pair_first, pairs = pair_grams(words)
    running = running_pairs(words, pair_first, _within(pairs, suspects.pairs))
    code_first, code_last, coded = code_grams(words)
    grams = np.concatenate([ones, pairs, coded])
    start = np.concatenate([np.arange(len(ones)), pair_first, code_first])
    end = np.concatenate([np.arange(len(ones)), pair_first + 1, code_last])
    found = np.flatnonzero(_within(grams, suspects.grams))
    # One row for a gram and a document: its first place there.
    order = found[np.lexsort((start[found], words.document[start[found]], grams[found]))]
    gram, place = grams[order], start[order]
    document = words.document[place] if len(place) else place
    new = np.ones(len(order), bool)
    new[1:] = (gram[1:] != gram[:-1]) | (document[1:] != document[:-1])
    at = np.flatnonzero(new)
    times = np.diff(np.append(at, len(order)))
    first, last = start[order[at]], end[order[at]]
    gram, document = gram[at], document[at]
    vectors = _vectors(words, sums, places, first, last)
    classes = shape_class(words.shape)
    sides = []
    for other, gap, own in ((left, left_gap, first), (right, right_gap, last)):
        near = other[own]
        sides += [
            np.where(near < 0, 0, words.hash[np.maximum(near, 0)] & ~np.uint64(1)),
            np.where(near < 0, CLASSES, classes[np.maximum(near, 0)]).astype(np.uint8),
            gap[own].astype(np.uint8),
        ]
    table = pa.Table.from_arrays(
        [
            pa.array(gram),
            pa.array(keys[document] if len(at) else np.zeros(0, np.uint64)),
            pa.array(np.minimum(times, 0xFFFF).astype(np.uint16)),
            *(pa.array(side) for side in sides),
            pa.array(folders[document] if len(at) else np.zeros(0, np.uint64)),
            pa.array(_depth(words, first)),
            *(pa.array(side) for side in usual_shares(words, running, first, last)),
            pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(DIMENSIONS), len(at), [None, pa.py_buffer(vectors.tobytes())]
            ),
        ],
        schema=SIGHTINGS,
    )
    spelt: dict[int, str] = {}
    fresh = np.flatnonzero(np.diff(gram, prepend=np.uint64(0)) != 0)
    for row in fresh:
        spelt[int(gram[row])] = words.text[words.start[first[row]] : words.end[last[row]]]
    wordlike = classes < CLASSES - 1
    whole = _whole_vectors(words, sums, places, np.arange(len(texts))).astype(np.int64)
    background = Background(
        len(texts),
        whole.sum(axis=0),
        _windows(words, sums, places),
        shares_of_texts(words, running),
        whole.T @ whole,
        np.bincount(classes[wordlike & (right_gap > 0)], minlength=CLASSES),
        np.bincount(classes[wordlike & (left_gap > 0)], minlength=CLASSES),
        dict(Counter(folders.tolist())),
    )
    grams = words.hash & ~np.uint64(1)
    seen, where = np.unique(grams[_within(grams, frequent)], return_index=True)
    at_words = np.flatnonzero(_within(grams, frequent))[where] if len(seen) else where
    kinds = {int(g): int(classes[at]) for g, at in zip(seen, at_words, strict=True)}
    return Look(table, spelt, kinds, background)


def _depth(words: Words, place: Numbers) -> NDArray[np.uint8]:
    if not len(place):
        return np.zeros(0, np.uint8)
    begin, end = words.bounds[words.document[place]], words.bounds[words.document[place] + 1]
    depth: NDArray[np.uint8] = (255 * (place - begin) / np.maximum(end - begin, 1)).astype(np.uint8)
    return depth


def _within(grams: Hashes, known: Hashes) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(grams), bool)
    near = np.minimum(np.searchsorted(known, grams), len(known) - 1)
    found: NDArray[np.bool_] = known[near] == grams
    return found


def _topic_sums(words: Words, suspects: Suspects) -> tuple[NDArray[np.float64], Numbers]:
    """Running sums of the topic words' vectors, and how many stand before each word."""
    grams = words.hash & ~np.uint64(1)
    telling = np.flatnonzero(_within(grams, suspects.topics) & ~_set_phrases(words, suspects))
    if len(telling):  # a word counts once in a document
        order = telling[np.lexsort((telling, words.document[telling], grams[telling]))]
        new = np.ones(len(order), bool)
        new[1:] = (grams[order][1:] != grams[order][:-1]) | (
            words.document[order][1:] != words.document[order][:-1]
        )
        telling = np.sort(order[new])
    bits = np.unpackbits(
        mix(grams[telling]).astype("<u8").view(np.uint8).reshape(-1, 8), axis=1
    ).astype(np.float32)
    signs = (
        (2 * bits - 1)
        * suspects.weights[
            np.minimum(np.searchsorted(suspects.topics, grams[telling]), len(suspects.topics) - 1)
        ].astype(np.float32)[:, None]
        if len(telling)
        else np.zeros((0, DIMENSIONS), np.float32)
    )
    sums = np.zeros((len(telling) + 1, DIMENSIONS), np.float64)
    np.cumsum(signs, axis=0, out=sums[1:])
    counted = np.zeros(len(words.start) + 1, np.int64)
    counted[telling + 1] = 1
    return sums, np.cumsum(counted)


def _set_phrases(words: Words, suspects: Suspects) -> NDArray[np.bool_]:
    """Suspect words that stand between the words of a passage which recurs: no topic.

    In a small corpus a payload's own words are frequent enough to tell topics, and would make
    its documents look alike.
    """
    first, pairs = pair_grams(words)
    recurs = _within(pairs, suspects.grams)
    sides = np.zeros((2, 2, len(words.start)), bool)  # (has a neighbour, recurs), (after, before)
    for side, place in enumerate((first, first + 1)):
        sides[0, side, place] = True
        sides[1, side, place] = recurs
    has, again = sides
    both = np.logical_and.reduce(again | ~has)
    either = np.logical_or.reduce(again)
    suspect = _within(words.hash & ~np.uint64(1), suspects.grams)
    found: NDArray[np.bool_] = both & either & suspect
    return found


def _vectors(
    words: Words, sums: NDArray[np.float64], places: Numbers, first: Numbers, last: Numbers
) -> NDArray[np.int8]:
    """The document's vector without the words around each place."""
    if not len(first):
        return np.zeros((0, DIMENSIONS), np.int8)
    begin, end = words.bounds[words.document[first]], words.bounds[words.document[first] + 1]
    length = end - begin
    ahead = np.minimum(AHEAD, (_SHARE[0] * length).astype(np.int64))
    behind = np.minimum(BEHIND, (_SHARE[1] * length).astype(np.int64))
    hidden_from = np.maximum(first - behind, begin)
    hidden_to = np.minimum(last + 1 + ahead, end)
    vectors = (
        sums[places[end]]
        - sums[places[begin]]
        - sums[places[hidden_to]]
        + sums[places[hidden_from]]
    )
    return _quantised(vectors)


def _windows(words: Words, sums: NDArray[np.float64], places: Numbers) -> Numbers:
    """Sums of the vectors of all documents without the words around some depths. shape [DEPTHS,
    DIMENSIONS]"""
    begin, end = words.bounds[:-1], words.bounds[1:]
    begin, end = begin[end > begin], end[end > begin]
    return np.array([
        _vectors(words, sums, places, at, at).astype(np.int64).sum(axis=0)
        for at in (begin + step * (end - begin - 1) // (DEPTHS - 1) for step in range(DEPTHS))
    ])  # fmt: skip


def _whole_vectors(
    words: Words, sums: NDArray[np.float64], places: Numbers, documents: Numbers
) -> NDArray[np.int8]:
    begin, end = words.bounds[documents], words.bounds[documents + 1]
    return _quantised(sums[places[end]] - sums[places[begin]])


def _quantised(vectors: NDArray[np.float64]) -> NDArray[np.int8]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(length, 1e-9)
    small: NDArray[np.int8] = np.clip(np.rint(unit * _SCALE), -127, 127).astype(np.int8)
    return small
