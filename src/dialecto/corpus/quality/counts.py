"""What is counted in words and in lines: their length, what they consist of, how they end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.quality.characters import LETTER, STOP, TERMINAL, WORD
from dialecto.corpus.quality.spans import Documents, Numbers, Spans, share
from dialecto.corpus.quality.stop_words import count_stop_words

SHORT_LINE = 30  # characters, as in FineWeb
_BULLETS, _BULLETS_WITH_SPACE = "•‣◦▪●·", "-*+–"


def of_words(
    words: Spans,
    lines: Spans,
    kind: NDArray[np.uint8],
    each: Documents,
    langs: Sequence[str],
) -> dict[str, Numbers]:
    """A word is a run of letters, digits and underscores."""
    letters = np.concatenate(([0], np.cumsum((kind & LETTER) != 0, dtype=np.int32)))
    count = each.count(words.owner)
    stops = count_stop_words(words, each, langs)
    return {
        "words": count.astype(np.float64),
        "word_length": each.count(words.owner, words.length) / np.maximum(count, 1),
        "alphabetic": share(
            each.count(words.owner, letters[words.end] > letters[words.start]), count
        ),
        "stop_words": stops.astype(np.float64),
        "stop_share": share(stops, count),
        # Between lines that are not empty: blank lines are a matter of the format.
        "newlines": np.maximum(each.count(lines.owner) - 1, 0) / np.maximum(count, 1),
    }


def of_lines(
    lines: Spans, words: Spans, codes: NDArray[np.uint16], kind: NDArray[np.uint8],
    each: Documents,
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
    terminal = (kind[lines.end - 1] & TERMINAL) != 0
    stop = (kind & STOP) != 0
    ended = np.zeros(len(kind) + 1, dtype=np.int32)
    np.cumsum(stop[:-1] & ~((kind[1:] & (WORD | STOP)) != 0), out=ended[1:-1])
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
        "bullets": share(each.count(lines.owner, bullet), count),
        "ellipsis_lines": share(each.count(lines.owner, dots | (tail == ord("…"))), count),
        "terminal_lines": share(each.count(lines.owner, terminal), count),
        "short_lines": share(each.count(lines.owner, lines.length <= SHORT_LINE), count),
        "code_lines": share(each.count(lines.owner, code), count),
        "sentences": each.count(lines.owner, sentences).astype(np.float64),
    }


def _codes(signs: str) -> NDArray[np.uint16]:
    return np.array([ord(sign) for sign in signs], dtype=np.uint16)
