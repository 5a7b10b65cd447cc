"""What rules of quality look at, counted for many documents at once.

Everything is counted in whole numbers before it is divided: the values do not depend on which
documents stand beside which. The measures are those of Gopher (Rae et al. 2021, arXiv 2112.11446,
table A1 and section A.1.1), C4 (Raffel et al. 2020, arXiv 1910.10683, section 2.2) and FineWeb
(Penedo et al. 2024, arXiv 2406.17557, section 3.6); where a paper leaves a choice, the docstring
of the function says which one was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dialecto.corpus.quality.counts import of_lines, of_words
from dialecto.corpus.quality.repetition import repeated_lines, repeated_words
from dialecto.corpus.quality.spans import Numbers, read

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
_TOGETHER = 400_000  # characters measured together: the arrays stay in the processor's cache


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


def _measure(texts: Sequence[str], langs: Sequence[str]) -> dict[str, Numbers]:
    t = read(texts)
    found = {
        **of_words(t.words, t.lines, t.kind, t.documents, langs),
        **of_lines(t.lines, t.words, t.codes, t.kind, t.documents),
        **repeated_lines(t.lines, t.paragraph, t.documents),
        **repeated_words(t.words, t.documents),
        **_of_texts(texts),
    }
    for name in ("hashes", "ellipses", "braces", "lorem_ipsum"):  # for each word
        found[name] = found[name] / np.maximum(found["words"], 1)
    # One phrase over and over, which neither a loop's printed trace nor a table of codes is.
    found["monotony"] = found["top_4_gram"] * found["duplicate_5_grams"]
    found["score"] = _score(found)
    return found


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
