"""A conditional random field as tables of numbers: read with numpy, many words at a time.

CRFsuite trains well but reads a text feature by feature, as strings. Here all that a word says
of itself and of its neighbours is one row of a table, kept per word, so that a text is read by
gathering rows and adding them up. Where it is plain that nothing begins or ends no path is
searched for; the stretches between are decoded by the Viterbi algorithm, all at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dialecto.corpus.pii.convolution import EDGE_FEATURES, emissions, vectors_of, word_features
from dialecto.corpus.pii.crf_tables import VIEWS, Crf, Floats, Integers, Moves, key_bits
from dialecto.corpus.pii.features import (
    EDGE,
    OFFSETS,
    PAD,
    PLACES,
    Context,
    Line,
    Views,
    grams,
    near,
    own,
    place_features,
    views,
)

KEPT_WORDS = 24_576
SLACK = 0.0
_CLIFF = 1e5
_EDGE_WIDTH = 3


def tag(model: Crf, lines: Sequence[Line], contexts: Sequence[Context]) -> list[list[str]]:
    """The best tags of each line's words."""
    return [tags for tags, _ in tag_with_leads(model, lines, contexts)]


def tag_with_leads(
    model: Crf, lines: Sequence[Line], contexts: Sequence[Context]
) -> list[tuple[list[str], list[float]]]:
    """The best tags of each line's words, and by how much each speaks for itself.

    A word's lead is what its tag weighs more than `O`, its neighbours' tags left out.
    """
    if not any(line.words for line in lines):
        return [([], []) for _ in lines]
    spans, scores = _scores(model, lines, contexts)
    best = _decode(model, spans, scores)
    leads = (scores[np.arange(len(best)), best] - scores[:, model.moves.outside]).tolist()
    names = model.labels
    return [([names[n] for n in best[begin:end]], leads[begin:end]) for begin, end in spans]


def _scores(
    model: Crf, lines: Sequence[Line], contexts: Sequence[Context]
) -> tuple[list[tuple[int, int]], Floats]:
    """(begin, end) of each line, and what each word of them weighs as each label."""
    spans, ids = _positions(model, lines)
    scores = _from_words(model, ids)
    _add_grams(model, ids, scores)
    vectors = None if model.network is None else model.memory.vectors[ids]
    _add_context(model, spans, contexts, scores, vectors)
    if model.network is not None and vectors is not None:
        # To the network an edge between lines is one word wide.
        kept = np.concatenate([*(np.arange(b - 1, e) for b, e in spans), [spans[-1][1]]])
        scores[kept] += emissions(model.network, vectors[kept], model.moves.outside)
    return spans, scores


def _positions(model: Crf, lines: Sequence[Line]) -> tuple[list[tuple[int, int]], Integers]:
    """(begin, end) of each line in one row of word numbers, with edges between lines."""
    _learn_words(model, {word for line in lines for word in line.words})
    rows = model.memory.rows
    ids: list[int] = []
    spans = []
    for line in lines:
        ids += (0,) * _EDGE_WIDTH
        begin = len(ids)
        ids += [rows[word] for word in line.words]
        spans.append((begin, len(ids)))
    ids += (0,) * _EDGE_WIDTH
    return spans, np.array(ids, np.int64)


def _learn_words(model: Crf, words: set[str]) -> None:
    memory = model.memory
    new = [word for word in words if word not in memory.rows]
    if not new:
        return
    if not memory.rows or len(memory.rows) + len(new) > KEPT_WORDS:
        new = sorted(words)
        size = max(KEPT_WORDS, len(new)) + 1
        memory.rows = {}
        memory.table = np.zeros((len(OFFSETS), size, len(model.labels)), np.float32)
        memory.codes = np.zeros((size, len(VIEWS)), np.int64)
        memory.table[:, 0] = model.near.weights[:, model.near.rows.get(EDGE, 0)]
        memory.codes[0] = _codes(model, PAD)
        if model.network is not None:
            memory.vectors = np.zeros((size, model.network.vectors.shape[1]), np.float32)
            memory.vectors[0] = vectors_of(model.network, [EDGE_FEATURES])[0]
    first = len(memory.rows) + 1
    memory.rows.update({word: first + i for i, word in enumerate(new)})
    seen = [views(word) for word in new]
    own_rows, near_rows = model.own.rows, model.near.rows
    far = np.array([[near_rows.get(n, 0) for n in near(view, 1)] for view in seen])
    alone = [own(word, view, model.rich) for word, view in zip(new, seen, strict=True)]
    mine = [[own_rows.get(n, 0) for n in names] for names in alone]
    width = max(map(len, mine))
    padded = np.array([row + [0] * (width - len(row)) for row in mine])
    span = slice(first, first + len(new))
    memory.table[:, span] = model.near.weights[:, far].sum(axis=2)
    memory.table[OFFSETS.index(0), span] += model.own.weights[padded].sum(axis=1)
    memory.codes[span] = [_codes(model, view) for view in seen]
    if model.network is not None:
        names = map(word_features, seen, alone)
        memory.vectors[span] = vectors_of(model.network, list(names))


def _codes(model: Crf, seen: Views) -> list[int]:
    return [model.codes[view].get(getattr(seen, view), -1) for view in VIEWS]


def _from_words(model: Crf, ids: Integers) -> Floats:
    table = model.memory.table
    count = len(ids)
    scores: Floats = table[OFFSETS.index(0)][ids]
    for offset, block in zip(OFFSETS, table, strict=True):
        if offset < 0:
            scores[-offset:] += block[ids[: count + offset]]
        elif offset > 0:
            scores[: count - offset] += block[ids[offset:]]
    return scores


def _add_grams(model: Crf, ids: Integers, scores: Floats) -> None:
    codes = model.memory.codes[ids]
    inner = scores[_EDGE_WIDTH:-_EDGE_WIDTH]
    for name, (view, offsets) in grams(model.rich).items():
        table = model.grams[name]
        if not len(table.keys):
            continue
        column = codes[:, VIEWS.index(view)]
        if (rows := model.wholes[name]) is not None:
            first, second = (
                column[_EDGE_WIDTH + o : _EDGE_WIDTH + o + len(inner)] for o in offsets
            )
            inner += rows[(first + 1) * (len(model.codes[view]) + 1) + second + 1]
            continue
        bits = key_bits(len(offsets))
        keys = np.zeros(len(inner), np.int64)
        for offset in offsets:
            # A value without a code is -1, and so is every key that it is a part of.
            part = column[_EDGE_WIDTH + offset : _EDGE_WIDTH + offset + len(inner)]
            keys = np.where((keys < 0) | (part < 0), -1, (keys << bits) | part)
        places, labels, weights = table.of(keys)
        if len(places):
            # One index is several times faster here than two.
            np.add.at(inner.reshape(-1), places * inner.shape[1] + labels, weights)


def _add_context(
    model: Crf,
    spans: Sequence[tuple[int, int]],
    contexts: Sequence[Context],
    scores: Floats,
    vectors: Floats | None,
) -> None:
    """Add what the context weighs to the scores, and its vectors to those of the words."""
    known = model.surroundings
    rows = known.rows
    parts = [(scores, known.weights)]
    if vectors is not None and known.vectors is not None:
        parts.append((vectors, known.vectors))
    places: list[int] = []
    wanted: list[int] = []
    whole: list[list[int]] = []
    for (begin, _), context in zip(spans, contexts, strict=True):
        whole.append([rows.get(name, 0) for name in context.whole])
        for i, names in context.marks.items():
            for name in names:
                if row := rows.get(name):
                    places.append(begin + i)
                    wanted.append(row)
    begins, ends = np.array(spans).T
    counts = ends - begins
    line = np.repeat(np.arange(len(spans)), counts)
    reach = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    where = begins[line] + reach
    width = max(map(len, whole))
    padded = np.array([row + [0] * (width - len(row)) for row in whole], np.int64)
    at = [rows.get(place_features(i, 99)[0], 0) for i in range(PLACES)]
    left = [rows.get(place_features(0, i)[1], 0) for i in range(PLACES)]
    for sums, table in parts:
        added = table[padded].sum(axis=1)[line]
        if model.rich:
            added += table[at][np.minimum(reach, PLACES - 1)]
            added += table[left][np.minimum(counts[line] - reach, PLACES - 1)]
        sums[where] += added
        if places:
            # On one axis this is several times faster than row by row.
            cells = np.array(places)[:, None] * sums.shape[1] + np.arange(sums.shape[1])
            np.add.at(sums.reshape(-1), cells.ravel(), table[wanted].ravel())


def _decode(model: Crf, spans: Sequence[tuple[int, int]], scores: Floats) -> list[int]:
    """Label numbers of all positions; those of edges mean nothing."""
    outside = model.moves.outside
    best = np.full(len(scores), outside)
    begins, ends, first, last = _stretches(model.moves, spans, scores)
    if not len(begins):
        return best.tolist()
    lengths = ends - begins
    order = np.argsort(-lengths, kind="stable")
    begins, lengths, first, last = begins[order], lengths[order], first[order], last[order]
    moves = model.moves
    alpha = scores[begins] + np.where(first[:, None], moves.opening, moves.weights[outside])
    closing = np.where(last[:, None], np.float32(0), moves.weights[:, outside])
    # How many stretches are longer than 0, 1, 2, ... words: they are sorted, longest first.
    going = np.cumsum(np.bincount(lengths)[::-1])[::-1].tolist()[1:]
    final = np.empty(len(begins), np.int64)
    alphas: list[Floats] = []
    for step, count in enumerate(going, 1):
        left = going[step] if step < len(going) else 0
        if left < count:
            final[left:count] = (alpha[left:count] + closing[left:count]).argmax(axis=1)
        if left:
            alphas.append(alpha)
            # The labels come from along the middle axis, so that those gone to lie side by side.
            paths = alpha[:left, :, None] + moves.weights
            alpha = paths.max(axis=1) + scores[begins[:left] + step]
    _trace(moves, begins, going, final, alphas, best)
    return best.tolist()


def _stretches(
    moves: Moves, spans: Sequence[tuple[int, int]], scores: Floats
) -> tuple[Integers, Integers, Any, Any]:
    """(begins, ends, whether a line begins there, whether one ends there) of what to search.

    A word is left out when every run of one type that holds it, from its B- on, scores less
    than the same words as `O`: then no best path has such a run. The best run through a word
    comes from running sums, which fall off a cliff between lines.
    """
    base = scores[:, moves.outside, None].astype(np.float64)
    begun = scores[:, moves.begin] - base + moves.enter
    more = scores[:, moves.inside] - base + moves.stay
    edge = np.ones(len(scores), bool)
    for begin, end in spans:
        edge[begin:end] = False
    begun[edge] = more[edge] = -_CLIFF
    sums = np.cumsum(more, axis=0)
    until = sums + np.maximum.accumulate(begun - sums, axis=0)
    after = np.maximum.accumulate(sums[::-1], axis=0)[::-1] - sums
    open_: Any = (until + after + moves.leave >= -SLACK).any(axis=1)
    # The first and the last word are edges, and those are never open.
    changes = np.flatnonzero(open_[1:] != open_[:-1]) + 1
    begins, ends = changes[::2], changes[1::2]
    return begins, ends, edge[begins - 1], edge[ends]


def _trace(
    moves: Moves,
    begins: Integers,
    going: Sequence[int],
    final: Integers,
    alphas: Sequence[Floats],
    best: Any,
) -> None:
    """Follow each stretch's best path from its end, longest stretches first in every array."""
    for step in range(len(going) - 1, -1, -1):
        live = going[step]
        label = final[:live]
        best[begins[:live] + step] = label
        if step:
            final[:live] = (alphas[step - 1][:live] + moves.backward[label]).argmax(axis=1)
