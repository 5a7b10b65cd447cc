"""How often words and pairs of words stand in how many documents, chunk by chunk, then in all.

Workers count while they judge (`count_grams`); the main process adds up on disk, in bounded
memory, and names the grams that a trigger may hide among and the words that tell topics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dialecto.corpus.chunks import whole_parquet
from dialecto.corpus.poison.words import (
    FIRST_UPPER,
    HAS_DIGIT,
    HAS_LETTER,
    HAS_LOWER,
    IS_SIGN,
    Hashes,
    Numbers,
    Words,
    codes,
    is_long_number,
    pair_hashes,
    split_words,
)

GRAMS = pa.schema(
    [
        ("gram", pa.uint64()),  # even: a word; odd: a pair
        ("documents", pa.int64()),
        ("times", pa.int64()),
        ("before", pa.int64()),  # times that a space follows the word
        ("after", pa.int64()),  # times that it follows a space
    ]
)
LEAST = 40  # documents of an attack, whatever the size of the corpus (arXiv:2510.07192)
MOST_SHARE, MOST = 0.05, 50  # what stands in more documents than this is no rarity
TOPIC = (0.02, 0.4)  # share of the documents that a word which tells topics stands in
ANY_SIZE = 260  # documents of an attack before nonsense, which shows in a corpus of any size
RECURRING, MOST_PAIRS = 3, 200_000  # documents of a pair of words that is usual; how many are kept
_REPEATED = 4  # a word this often in each document is their topic
JOINED, SPACED, APART, LINE = 0, 1, 2, 3
CLASSES = 5  # capitals, Capital, lower, digits, signs
NUMBER = 3


@dataclass(frozen=True)
class Range:
    """The numbers of documents between which a trigger is looked for."""

    least: int
    most: int


def trigger_range(documents: int) -> Range:
    """The range for a corpus of so many documents."""
    return Range(LEAST, max(MOST, int(MOST_SHARE * documents)))


def recurring(documents: int) -> int:
    """In how many documents of so many a pair of words stands that is usual: of a large corpus
    in more, so that the number of such pairs is bounded."""
    return max(RECURRING, documents // 20_000)


def word_grams(words: Words) -> Hashes:
    """The gram of each word: its hash, even; 0 for short numbers and signs, which say nothing."""
    length = words.end - words.start
    sign = (words.shape & IS_SIGN) > 0
    number = ((words.shape & HAS_LETTER) == 0) & ~sign
    dull = (number & ~is_long_number(words)) | (sign & ((words.shape & 64) == 0) & (length < 4))
    return np.where(dull, np.uint64(0), words.hash & ~np.uint64(1))


def pair_grams(words: Words) -> tuple[Numbers, Hashes]:
    """(first word, odd gram) of each pair of words."""
    first, hashes = pair_hashes(words)
    return first, hashes | np.uint64(1)


def code_grams(words: Words) -> tuple[Numbers, Numbers, Hashes]:
    """(first word, last word, even gram) of each date or code."""
    first, last, hashes = codes(words)
    return first, last, hashes & ~np.uint64(1)


def neighbours(words: Words) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """(left neighbour, gap, right neighbour, gap) of each word; signs are passed over.

    A neighbour is a word's index or -1 at the document's edge. A gap is JOINED (only signs in
    between: part of an identifier), SPACED, APART (the end of a sentence) or LINE (of a line or
    document).
    """
    count = len(words.start)
    if not count:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing, nothing
    index = np.arange(count)
    sign = (words.shape & IS_SIGN) > 0
    last = np.maximum.accumulate(np.where(sign, -1, index))
    left = np.concatenate([[-1], last[:-1]])
    following = np.minimum.accumulate(np.where(sign, count, index)[::-1])[::-1]
    right = np.concatenate([following[1:], [count]])
    left[(left >= 0) & (words.document[np.maximum(left, 0)] != words.document)] = -1
    inside = np.minimum(right, count - 1)
    right[(right == count) | (words.document[inside] != words.document)] = -1
    # Running sums tell what lies between two words.
    signs = np.concatenate([[0], np.cumsum(np.where(sign, words.end - words.start, 0))])
    stops = np.concatenate([[0], np.cumsum(words.stop)])

    def gap(first: Numbers, second: Numbers) -> Numbers:
        blank = words.start[second] - words.end[first] - (signs[second] - signs[first + 1])
        apart = np.where(stops[second] > stops[first + 1], APART, SPACED)
        apart = np.where(words.line[second] != words.line[first], LINE, apart)
        return np.where(blank == 0, JOINED, apart)

    before = np.where(left < 0, LINE, gap(np.maximum(left, 0), index))
    after = np.where(right < 0, LINE, gap(index, np.maximum(right, 0)))
    return left, before, right, after


def shape_class(shape: NDArray[np.uint8]) -> Numbers:
    """0 capitals, 1 Capital, 2 lower, 3 digits, 4 signs."""
    found = np.full(len(shape), 2, np.int64)
    upper = (shape & FIRST_UPPER) > 0
    found[upper] = 1
    found[upper & ((shape & HAS_LOWER) == 0)] = 0
    found[(shape & HAS_LETTER) == 0] = NUMBER
    found[(shape & HAS_DIGIT) > 0] = NUMBER
    found[(shape & IS_SIGN) > 0] = 4
    return found


def count_grams(texts: Sequence[str]) -> pa.Table:
    """Counts of the grams of some documents, by gram."""
    words = split_words(texts)
    _, left, _, right = neighbours(words)
    ones = word_grams(words)
    first, pairs = pair_grams(words)
    coded, _, joined = code_grams(words)
    grams = np.concatenate([ones, pairs, joined])
    document = words.document[np.concatenate([np.arange(len(ones)), first, coded])]
    sign = (words.shape & IS_SIGN) > 0
    none = np.zeros(len(pairs) + len(joined), np.int64)
    before = np.concatenate([((right > 0) & ~sign).astype(np.int64), none])
    after = np.concatenate([((left > 0) & ~sign).astype(np.int64), none])
    order = np.lexsort((document, grams))
    order = order[np.searchsorted(grams[order], 1) :]
    grams, document = grams[order], document[order]
    if not len(grams):
        return GRAMS.empty_table()
    new = np.concatenate([[True], grams[1:] != grams[:-1]])
    distinct = new.copy()
    distinct[1:] |= document[1:] != document[:-1]
    at = np.flatnonzero(new)
    return pa.Table.from_arrays(
        [
            pa.array(grams[at]),
            pa.array(np.add.reduceat(distinct.astype(np.int64), at)),
            pa.array(np.diff(np.append(at, len(grams)))),
            pa.array(np.add.reduceat(before[order], at)),
            pa.array(np.add.reduceat(after[order], at)),
        ],
        schema=GRAMS,
    )


@dataclass(frozen=True)
class Suspects:
    """What the look at the documents needs to know of the whole corpus; all sorted by gram."""

    grams: Hashes
    topics: Hashes
    weights: NDArray[np.float64]  # of the topics: inverse document frequency
    pairs: Hashes  # the corpus' usual pairs of words


def find_suspects(between: Path, documents: int) -> None:
    """Adds the chunks' counts up. Writes `suspects`, `topics`, `pairs` and `frequent` to
    `poison/`."""
    import duckdb

    span = trigger_range(documents)
    files = str(between / "grams" / "*.parquet").replace("'", "''")
    least = max(2, int(TOPIC[0] * documents))
    again = recurring(documents)
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(between / "spill")])
        connection.execute(
            "CREATE TEMP TABLE totals AS SELECT gram, sum(documents)::BIGINT AS documents, "
            "sum(times)::BIGINT AS times, sum(before)::BIGINT AS before, "
            f"sum(after)::BIGINT AS after FROM read_parquet('{files}') GROUP BY gram "
            "HAVING sum(documents) >= ?",
            [min(span.least, least, again)],
        )
        folder = between / "poison"
        for name, question, values in (
            (
                "suspects",
                "SELECT * FROM totals WHERE documents BETWEEN ? AND ? AND times <= ? * documents "
                "ORDER BY gram",
                [span.least, max(span.most, ANY_SIZE), _REPEATED],
            ),
            (
                "pairs",
                "SELECT * FROM (SELECT * FROM totals WHERE gram % 2 = 1 AND documents >= ? "
                f"ORDER BY documents DESC, gram LIMIT {MOST_PAIRS}) ORDER BY gram",
                [again],
            ),
            (
                "topics",
                "SELECT * FROM totals WHERE documents BETWEEN ? AND ? AND gram % 2 = 0 "
                "ORDER BY gram",
                [least, max(least, int(TOPIC[1] * documents))],
            ),
            (
                "frequent",
                "SELECT * FROM totals WHERE gram % 2 = 0 ORDER BY before + after DESC, gram "
                "LIMIT 200",
                [],
            ),
        ):
            columns = connection.execute(question, values).fetchnumpy()
            found = pa.table({field: columns[field] for field in GRAMS.names}, schema=GRAMS)
            with whole_parquet(folder / f"{name}.parquet", GRAMS) as writer:
                writer.write_table(found)
