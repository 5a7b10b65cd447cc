"""What rules of quality look at, counted for many documents at once.

Words, lines and paragraphs are found and hashed with numpy over the characters of some hundred
documents joined together, so that short documents cost no more than long ones. Everything is
counted in whole numbers before it is divided: the values do not depend on which documents
stand beside which. The measures are those of Gopher (Rae et al. 2021, arXiv 2112.11446, table
A1 and section A.1.1), C4 (Raffel et al. 2020, arXiv 1910.10683, section 2.2) and FineWeb
(Penedo et al. 2024, arXiv 2406.17557, section 3.6); where a paper leaves a choice, the docstring
of the function says which one was made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.language import COMMON_WORDS

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

NAMES = (
    *("words", "word_length", "hashes", "ellipses", "bullets", "ellipsis_lines", "alphabetic"),
    *("stop_words", "stop_share", "duplicate_lines", "duplicate_line_characters"),
    *("duplicate_paragraphs", "duplicate_paragraph_characters"),
    *("top_2_gram", "top_3_gram", "top_4_gram"),
    *(f"duplicate_{n}_grams" for n in range(5, 11)),
    *("terminal_lines", "short_lines", "newlines", "sentences", "lorem_ipsum", "braces"),
    *("code_lines", "monotony", "score"),
)
LONGEST = 1_000_000  # characters of a document that are measured; Gopher's longest has 600,000
SHORT_LINE = 30  # characters, as in FineWeb
_TOGETHER = 400_000  # characters measured together: the arrays stay in the processor's cache

_LETTER, _WORD, _BLANK, _TERMINAL, _STOP = 1, 2, 4, 8, 16
_TERMINALS = ".?!\"'»”’…"  # C4's and FineWeb's, and how Spanish and good typography close a line
_SENTENCE_ENDS = ".?!…"
_BULLETS, _BULLETS_WITH_SPACE = "•‣◦▪●·", "-*+–"
_PRIME = 0x9E3779B97F4A7C15
_POWERS = 1 << 16

STOP_WORDS = {
    # Gopher, section A.1.1; FineWeb-2's configuration for spa_Latn; other languages: their
    # commonest words as the language step knows them.
    **COMMON_WORDS,
    "en": frozenset(("the", "be", "to", "of", "and", "that", "have", "with")),
    "es": frozenset(
        (
            "de",
            "la",
            "en",
            "el",
            "y",
            "a",
            "que",
            "del",
            "los",
            "se",
            "por",
            "un",
            "con",
            "una",
            "las",
            "su",
        )
    ),
}


def measure(texts: Sequence[str], langs: Sequence[str]) -> dict[str, Numbers]:
    """Every measure of NAMES for each text, shape (texts,).

    langs: ISO 639-1 codes, which choose the stop words; unknown ones count as Spanish or
    English, whichever finds more.
    """
    found = [
        _measure([text[:LONGEST] for text in texts[first:last]], langs[first:last])
        for first, last in _groups(texts)
    ]
    return {
        name: np.concatenate([part[name] for part in found]) if found else np.zeros(0)
        for name in NAMES
    }


def _groups(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    first = size = 0
    for number, text in enumerate(texts):
        if size and size + len(text) > _TOGETHER:
            yield first, number
            first, size = number, 0
        size += min(len(text), LONGEST)
    if first < len(texts):
        yield first, len(texts)


@dataclass(frozen=True)
class _Tables:
    """By code point, up to U+FFFF: what a character is, its small letter, a random number."""

    kind: NDArray[np.uint8]
    lower: NDArray[np.uint16]
    random: Hashes
    power: Hashes
    inverse: Hashes
    stops: dict[str, Hashes]


@cache
def _tables() -> _Tables:
    kind = np.zeros(1 << 16, dtype=np.uint8)
    lower = np.arange(1 << 16, dtype=np.uint16)
    for code in range(1 << 16):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category[0] == "L":
            kind[code] = _LETTER | _WORD
            small = sign.lower()
            if len(small) == 1:
                lower[code] = ord(small)
        elif category[0] in "MN" or sign == "_":
            kind[code] = _WORD
        elif sign.isspace():
            kind[code] = _BLANK
    for sign in _TERMINALS:
        kind[ord(sign)] |= _TERMINAL
    for sign in _SENTENCE_ENDS:
        kind[ord(sign)] |= _STOP
    random = _mix(np.arange(1, (1 << 16) + 1, dtype=np.uint64))
    power = np.cumprod(np.full(_POWERS, _PRIME, dtype=np.uint64), dtype=np.uint64)
    inverse = np.cumprod(
        np.full(_POWERS, pow(_PRIME, -1, 1 << 64), dtype=np.uint64), dtype=np.uint64
    )
    stops = {
        lang: np.array(
            sorted(
                sum(int(random[ord(c)]) * int(power[at]) for at, c in enumerate(word))
                * int(inverse[0])
                % (1 << 64)
                for word in words
            ),
            dtype=np.uint64,
        )
        for lang, words in STOP_WORDS.items()
    }
    return _Tables(kind, lower, random, power, inverse, stops)


def _mix(values: Hashes) -> Hashes:
    """Spreads every bit over the word (the finaliser of SplitMix64)."""
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(29)
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(32))


@dataclass(frozen=True)
class _Spans:
    """Stretches of characters (words, lines, paragraphs): of whom, from where to where."""

    owner: Integers
    start: Integers
    end: Integers
    hash: Hashes

    @property
    def length(self) -> Integers:
        return self.end - self.start


def _measure(texts: Sequence[str], langs: Sequence[str]) -> dict[str, Numbers]:
    tables = _tables()
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    ends = np.cumsum(sizes + 1) - 1  # each text is followed by a line end
    starts = ends - sizes
    joined = "\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass")
    codes = np.minimum(np.frombuffer(joined, dtype=np.uint32), 0xFFFF).astype(np.uint16)
    kind = tables.kind[codes]
    breaks = np.flatnonzero(codes == 10)
    line_starts = np.concatenate(([0], breaks[:-1] + 1))
    in_line = np.arange(len(codes), dtype=np.int32)
    in_line -= np.repeat(line_starts.astype(np.int32), breaks + 1 - line_starts)
    in_line &= _POWERS - 1
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(tables.random[tables.lower[codes]] * tables.power[in_line], out=sums[1:])

    def hashed(first: Integers, last: Integers) -> Hashes:
        found: Hashes = (sums[last] - sums[first]) * tables.inverse[in_line[first]]
        return found

    def owners(first: Integers) -> Integers:
        return np.searchsorted(ends, first, side="left")

    is_word = np.zeros(len(codes) + 1, dtype=bool)
    is_word[1:] = kind & _WORD
    edges = np.flatnonzero(is_word[1:] != is_word[:-1])  # the last character is a line end
    first, last = edges[::2], edges[1::2]
    words = _Spans(owners(first), first, last, hashed(first, last))

    solid = np.flatnonzero((kind & _BLANK) == 0)
    left, right = np.searchsorted(solid, line_starts), np.searchsorted(solid, breaks)
    full = right > left
    first, last = solid[left[full]], solid[right[full] - 1] + 1
    lines = _Spans(owners(first), first, last, hashed(first, last))
    paragraph = np.cumsum(
        np.concatenate(([True], (np.diff(np.flatnonzero(full)) > 1) | (np.diff(lines.owner) > 0)))
    )[: len(first)]
    each = _Documents(starts, ends, np.maximum(sizes, 1))
    found = {
        **_of_words(words, lines, kind, each, langs),
        **_of_lines(lines, words, codes, kind, each),
        **_repeated_lines(lines, paragraph, each),
        **_repeated_words(words, each),
        **_of_texts(texts),
    }
    for name in ("hashes", "ellipses", "braces", "lorem_ipsum"):  # for each word
        found[name] = found[name] / np.maximum(found["words"], 1)
    # One phrase over and over, which neither a loop's printed trace nor a table of codes is.
    found["monotony"] = found["top_4_gram"] * found["duplicate_5_grams"]
    found["score"] = _score(found)
    return found


@dataclass(frozen=True)
class _Documents:
    """Where each document begins and ends among the characters, and its size, at least 1."""

    start: Integers
    end: Integers
    size: Integers

    def __len__(self) -> int:
        return len(self.size)

    def count(self, owner: Integers, weights: NDArray[Any] | None = None) -> Integers:
        """The sum of the weights (or the number) of what each document owns."""
        if weights is None:
            return np.bincount(owner, minlength=len(self))
        # Sums of whole numbers below 2^53: exact also as floats.
        return np.bincount(owner, weights=weights, minlength=len(self)).astype(np.int64)


def _share(part: Integers, whole: Integers) -> Numbers:
    """part / whole, not above 1, and 0 where there is nothing."""
    return np.minimum(part / np.maximum(whole, 1), 1.0)


def _of_words(
    words: _Spans,
    lines: _Spans,
    kind: NDArray[np.uint8],
    each: _Documents,
    langs: Sequence[str],
) -> dict[str, Numbers]:
    """A word is a run of letters, digits and underscores."""
    letters = np.concatenate(([0], np.cumsum((kind & _LETTER) != 0, dtype=np.int32)))
    count = each.count(words.owner)
    stops = _stop_words(words, each, langs)
    return {
        "words": count.astype(np.float64),
        "word_length": each.count(words.owner, words.length) / np.maximum(count, 1),
        "alphabetic": _share(
            each.count(words.owner, letters[words.end] > letters[words.start]), count
        ),
        "stop_words": stops.astype(np.float64),
        "stop_share": _share(stops, count),
        # Between lines that are not empty: blank lines are a matter of the format.
        "newlines": np.maximum(each.count(lines.owner) - 1, 0) / np.maximum(count, 1),
    }


def _stop_words(words: _Spans, each: _Documents, langs: Sequence[str]) -> Integers:
    tables = _tables()
    by_language: dict[str, Integers] = {}

    def counted(lang: str) -> Integers:
        if lang not in by_language:
            known = tables.stops[lang]
            at = np.minimum(np.searchsorted(known, words.hash), len(known) - 1)
            by_language[lang] = each.count(words.owner, known[at] == words.hash)
        return by_language[lang]

    found = np.zeros(len(each), dtype=np.int64)
    for lang in set(langs):
        mine = np.array([other == lang for other in langs])
        best = counted(lang) if lang in STOP_WORDS else np.maximum(counted("es"), counted("en"))
        found[mine] = best[mine]
    return found


def _of_lines(
    lines: _Spans, words: _Spans, codes: NDArray[np.uint16], kind: NDArray[np.uint8],
    each: _Documents,
) -> dict[str, Numbers]:  # fmt: skip
    """Lines without their white space; empty ones do not count.

    Sentences are those of C4: in lines of three words or more that end in terminal
    punctuation; a sentence ends at `.?!…` before white space, a closing sign or the line's end.
    """
    count = each.count(lines.owner)
    head, tail = codes[lines.start], codes[lines.end - 1]
    after = codes[np.minimum(lines.start + 1, len(codes) - 1)]
    bullet = np.isin(head, _codes(_BULLETS)) | (
        np.isin(head, _codes(_BULLETS_WITH_SPACE)) & (after == ord(" "))
    )
    dots = (tail == ord(".")) & (lines.length >= 3)
    dots &= (codes[lines.end - 2] == ord(".")) & (codes[np.maximum(lines.end - 3, 0)] == ord("."))
    terminal = (kind[lines.end - 1] & _TERMINAL) != 0
    stop = (kind & _STOP) != 0
    ended = np.zeros(len(kind) + 1, dtype=np.int32)
    np.cumsum(stop[:-1] & ~((kind[1:] & (_WORD | _STOP)) != 0), out=ended[1:-1])
    ended[-1] = ended[-2]
    first = np.searchsorted(words.start, lines.start)
    told = (np.searchsorted(words.start, lines.end) - first >= 3) & terminal
    sentences = np.maximum(ended[lines.end] - ended[lines.start], 1) * told
    fence = (head == ord("`")) & (after == ord("`"))
    before = np.cumsum(fence) - fence
    opened = each.count(lines.owner, fence)
    base = np.concatenate(([0], np.cumsum(opened)[:-1]))
    fenced = ((before - base[lines.owner]) % 2 == 1) | fence
    code = fenced | np.isin(tail, _codes(";{}"))
    return {
        "bullets": _share(each.count(lines.owner, bullet), count),
        "ellipsis_lines": _share(each.count(lines.owner, dots | (tail == ord("…"))), count),
        "terminal_lines": _share(each.count(lines.owner, terminal), count),
        "short_lines": _share(each.count(lines.owner, lines.length <= SHORT_LINE), count),
        "code_lines": _share(each.count(lines.owner, code), count),
        "sentences": each.count(lines.owner, sentences).astype(np.float64),
    }


def _codes(signs: str) -> NDArray[np.uint16]:
    return np.array([ord(sign) for sign in signs], dtype=np.uint16)


def _repeated_lines(lines: _Spans, paragraph: Integers, each: _Documents) -> dict[str, Numbers]:
    """Lines and paragraphs that stood before in the same document, and their characters."""
    found: dict[str, Numbers] = {}
    if len(paragraph):
        head = np.flatnonzero(np.diff(paragraph, prepend=0))
        last = np.append(head[1:], len(paragraph)) - 1
        place = np.arange(len(paragraph)) - head[paragraph - 1]
        mixed = np.add.reduceat(lines.hash * _tables().power[place & (_POWERS - 1)], head)
        paragraphs = _Spans(lines.owner[head], lines.start[head], lines.end[last], mixed)
    else:
        paragraphs = lines
    for name, spans in (("line", lines), ("paragraph", paragraphs)):
        again = _again(_mix(spans.hash ^ _mix(spans.owner.astype(np.uint64))))
        count = each.count(spans.owner)
        found[f"duplicate_{name}s"] = _share(each.count(spans.owner, again), count)
        found[f"duplicate_{name}_characters"] = _share(
            each.count(spans.owner, again * spans.length), each.size
        )
    return found


def _again(hashes: Hashes) -> Flags:
    """Which of the values stood before."""
    again = np.ones(len(hashes), dtype=bool)
    again[np.unique(hashes, return_index=True)[1]] = False
    return again


def _repeated_words(words: _Spans, each: _Documents) -> dict[str, Numbers]:
    """Characters in the most frequent 2-, 3- and 4-gram and in repeated 5- to 10-grams.

    Of the most frequent n-grams the longest counts, if it stands there at least twice. A
    repeated n-gram is one that stood before in the document (its first time is not counted);
    a character in several of them counts once, as the paper asks. Shares are of all characters.
    A longer n-gram can only repeat where the shorter one at its start does: few are left to sort.
    """
    found: dict[str, Numbers] = {}
    at = np.arange(len(words.hash))
    gram = _mix(words.hash ^ _mix(words.owner.astype(np.uint64)))
    gaps = np.append(words.start[1:], 0) - words.end
    for n in range(2, 11):
        inside = at + n - 1 < len(words.hash)
        at, gram = at[inside], gram[inside]
        inside = words.owner[at] == words.owner[at + n - 1]
        at, gram = at[inside], gram[inside]
        gram = _mix(gram + words.hash[at + n - 1])
        order = np.argsort(gram)
        at, gram = at[order], gram[order]
        heads = np.flatnonzero(np.diff(gram, prepend=~gram[:1]) != 0)
        counts = np.diff(heads, append=len(gram))
        often = counts > 1
        firsts = np.minimum.reduceat(at, heads) if len(at) else at
        if n <= 4:
            found[f"top_{n}_gram"] = _top(words, each, firsts[often], counts[often], n)
        several = np.repeat(often, counts)
        if n >= 5:
            again = several & (at != np.repeat(firsts, counts))
            found[f"duplicate_{n}_grams"] = _covered(words, gaps, each, at[again], n)
        at, gram = at[several], gram[several]
    return found


def _top(words: _Spans, each: _Documents, firsts: Integers, counts: Integers, n: int) -> Numbers:
    best = np.zeros(len(each), dtype=np.int64)
    length = np.minimum(words.end[firsts + n - 1] - words.start[firsts], (1 << 24) - 1)
    np.maximum.at(best, words.owner[firsts], (counts.astype(np.int64) << 24) + length)
    return _share((best >> 24) * (best & ((1 << 24) - 1)), each.size)


def _covered(words: _Spans, gaps: Integers, each: _Documents, again: Integers, n: int) -> Numbers:
    if not len(again):
        return np.zeros(len(each))
    steps = np.zeros(len(words.hash) + n + 1, dtype=np.int32)
    steps[again] += 1
    steps[again + n] -= 1
    covered = np.cumsum(steps[: len(words.hash)]) > 0
    joined = np.zeros(len(covered), dtype=bool)
    joined[:-1] = covered[:-1] & covered[1:] & (words.owner[:-1] == words.owner[1:])
    return _share(each.count(words.owner, covered * words.length + joined * gaps), each.size)


def _of_texts(texts: Sequence[str]) -> dict[str, Numbers]:
    def counted(*signs: str) -> Numbers:
        return np.array([sum(map(text.count, signs)) for text in texts], dtype=np.float64)

    return {
        "hashes": counted("#"),
        "ellipses": counted("...", "…"),
        "braces": counted("{"),
        "lorem_ipsum": counted("lorem ipsum", "Lorem ipsum", "LOREM IPSUM", "Lorem Ipsum"),
    }


def _score(found: dict[str, Numbers]) -> Numbers:
    """How much like running text a document is, from 0 to 1: to choose among copies, not to judge.

    A weighted mean: little repetition (0.3), function words as in sentences (0.25), words of
    letters (0.15), lines that end as sentences do (0.15), length (0.15: half at 50 words).
    """
    words = found["words"]
    value = (
        0.3 * (1 - np.maximum(found["duplicate_5_grams"], found["duplicate_line_characters"]))
        + 0.25 * np.minimum(found["stop_share"] / 0.2, 1)
        + 0.15 * found["alphabetic"]
        + 0.15 * found["terminal_lines"]
        + 0.15 * words / (words + 50)
    )
    return np.where(words > 0, value, 0.0)
