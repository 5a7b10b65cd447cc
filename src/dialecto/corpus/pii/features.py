"""What a conditional random field is told of a text: its words, their neighbours, their line.

The same features serve the shipped model (people's names, places, institutions, family,
professions) and the models that users train on their own annotated pages; `rich` are those that
pay on real pages only. There are four kinds, so that a compiled model can look each up as fast
as its kind allows: *near* features of a word, seen from as far as three words away; its *own*,
seen at the word alone; *grams* of neighbouring words or of their classes; and those of the
*context*, which do not follow from the words near by: the line's label (`Nombre:`), what the
recognisers of numbers have found, what opened this part of the line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from dialecto.corpus.pii.gazetteer import fold, gazetteer, towns, word_set
from dialecto.corpus.pii.reading import TOKEN, Reading

_LINE_LABEL = re.compile(r"[ \t|*#>-]*([^\W\d_][^:\n]{0,40}?)\s?:")
OFFSETS = (-3, -2, -1, 0, 1, 2, 3)
EDGE = "edge"
JOIN = "\t"


@dataclass(frozen=True, slots=True)
class Line:
    """The words, numbers and signs of a line or a sentence, and where each begins."""

    start: int
    words: list[str]
    starts: list[int]
    end: int


def line_of(text: str, start: int, end: int) -> Line:
    found = [(m.group(), m.start()) for m in TOKEN.finditer(text, start, end)]
    return Line(start, [word for word, _ in found], [at for _, at in found], end)


def line_among(reading: Reading, start: int, end: int) -> Line:
    """The same of a text that has been read."""
    words = reading.between(start, end)
    return Line(start, reading.words[words], reading.starts[words], end)


@dataclass(frozen=True, slots=True)
class Views:
    """A word as features see it: folded, its shape, its lists, its shape with lengths."""

    w: str
    s: str
    g: str
    d: str


PAD = Views("", "", "", "")
"""What stands before the first word of a line and after its last."""


@lru_cache(maxsize=65_536)
def views(word: str, known: bool = True) -> Views:
    """`known=False` hides what the lists say of a word: training does so for a part of the
    names, so that the model also learns to do without the lists.
    """
    folded = fold(word)
    form = shape(word)
    lists = ""
    if word[0].isalpha():
        letters = gazetteer().letters.get(folded, frozenset()) if known else frozenset()
        lists = "".join(c for c in "fms" if c in letters)
        lists += "c" if folded in word_set("common_words") else ""
        lists += "p" if folded in word_set("places") else ""
        if letters & {"e", "p", "n"}:
            lists += "+"
        if known and form != "x":
            lists += towns().get(folded, "")
    size = str(min(len(word), 9)) if form == "9" else ""
    return Views(folded, form, lists, form + size)


def shape(word: str) -> str:
    """`María` -> `Xx`, `UPPER` -> `XX`, `x` for lower case, `9`, `mIx`; signs are themselves."""
    first = word[0]
    if first.isdigit():
        return "9"
    if not first.isalpha():
        return first
    if word.islower():
        return "x"
    if len(word) == 1:
        return "X"
    if word.isupper():
        return "XX"
    return "Xx" if first.isupper() and word[1:].islower() else "mIx"


def near(seen: Views, offset: int) -> tuple[str, ...]:
    """Features of a word that its neighbours see too; from three words away, the word alone."""
    if seen is PAD:
        return (EDGE,)
    if abs(offset) == 3:
        return (f"w={seen.w}",)
    return f"w={seen.w}", f"s={seen.s}", f"g={seen.g}"


def own(word: str, seen: Views, rich: bool) -> list[str]:
    """Features of a word that only it sees."""
    result = [f"gs={seen.g}{seen.s}"]
    if seen.s == "9":
        result.append(f"n={len(word)}")
    elif len(word) > 3 and word[0].isalpha():
        result += [f"e2={seen.w[-2:]}", f"e3={seen.w[-3:]}", f"b3={seen.w[:3]}"]
    if rich:
        result.append(f"W={word}")
        if len(word) > 4 and word[0].isalpha():
            result += [f"e4={seen.w[-4:]}", f"b4={seen.w[:4]}"]
    return result


# Name of a gram -> which view of the words at which offsets.
GRAMS = {"ww": ("w", (-1, 0)), "gg": ("g", (-1, 0)), "gn": ("g", (0, 1))}
RICH_GRAMS = {
    **GRAMS,
    "wn": ("w", (0, 1)),
    "w2": ("w", (-2, -1)),
    "n2": ("w", (1, 2)),
    "s3": ("d", (-1, 0, 1)),
    "s5": ("s", (-2, -1, 0, 1, 2)),
    "s4": ("s", (0, 1, 2, 3)),
}


def grams(rich: bool) -> Mapping[str, tuple[str, tuple[int, ...]]]:
    return RICH_GRAMS if rich else GRAMS


@dataclass(frozen=True, slots=True)
class Context:
    """`whole` holds for every word of a line, `marks` for some: index -> features."""

    whole: tuple[str, ...]
    marks: dict[int, list[str]]


def contexts(
    text: str,
    lines: Sequence[Line],
    rules: Mapping[int, str],
    advice: Sequence[Sequence[str]] = (),
    rich: bool = False,
) -> list[Context]:
    """The features of the context of each line, in the order of the text.

    `rules` maps a character's position to the label that a recogniser gave it; `advice` are
    the shipped model's tags, line by line.
    """
    result = []
    before = ("before:top", "first")
    for number, line in enumerate(lines):
        marks: dict[int, list[str]] = defaultdict(list)
        label = line_label(text, line.start)
        whole: tuple[str, ...] = (label,)
        if rules and not rules.keys().isdisjoint(line.starts):
            _mark_around(marks, "r", [rules.get(at, OUTSIDE) for at in line.starts])
        if rich:
            place = f"last={min(len(lines) - 1 - number, 2)}"
            whole = (label, *before, place, f"short={len(line.words) < 16}")
            before = (f"before:{label}", f"nth={min(number + 1, 3)}")
            if advice and advice[number].count(OUTSIDE) < len(line.words):
                _mark_around(marks, "m", advice[number])
        result.append(Context(whole, dict(marks)))
    return result


OUTSIDE = "O"


def _mark_around(marks: dict[int, list[str]], name: str, tags: Sequence[str]) -> None:
    """A tag is seen at its word, and its type by the words beside it."""
    last = len(tags) - 1
    for i, tag in enumerate(tags):
        if tag != OUTSIDE:
            here, before, after = _mark_names(name, tag)
            marks[i].append(here)
            if i:
                marks[i - 1].append(before)
            if i < last:
                marks[i + 1].append(after)


@cache
def _mark_names(name: str, tag: str) -> tuple[str, str, str]:
    """What the word itself, the one before it and the one after it are told of a tag."""
    return f"{name}={tag}", f"1:{name}={tag[2:]}", f"-1:{name}={tag[2:]}"


def line_label(text: str, start: int) -> str:
    """`L=domicilio` on a line that begins with `Domicilio:`."""
    begin = text.rfind("\n", 0, start) + 1
    if text.find(":", begin, begin + 48) < 0:
        return "L="
    match = _LINE_LABEL.match(text, begin, begin + 48)
    return f"L={fold(match.group(1))}" if match else "L="


PLACES = 5
"""The first words of a line know their place in it, and the last ones too, in rich models."""


def place_features(index: int, count: int) -> tuple[str, str]:
    return f"at={min(index, PLACES - 1)}", f"left={min(count - index, PLACES - 1)}"


def rows_of(
    line: Line, context: Context, rich: bool, hidden: frozenset[str] = frozenset()
) -> list[list[str]]:
    """All features of each word of a line, as CRFsuite is given them for training.

    `hidden` are folded words that the lists shall not know.
    """
    seen = [views(word, fold(word) not in hidden) if hidden else views(word) for word in line.words]
    padded = [PAD] * 3 + seen + [PAD] * 3
    rows = []
    for i, word in enumerate(line.words):
        row = [*context.whole, *own(word, seen[i], rich), *context.marks.get(i, ())]
        for offset in OFFSETS:
            names = near(padded[i + 3 + offset], offset)
            row += [f"{offset}:{name}" for name in names]
        for name, (view, offsets) in grams(rich).items():
            values = [getattr(padded[i + 3 + offset], view) for offset in offsets]
            row.append(f"{name}={JOIN.join(values)}")
        if rich:
            row += place_features(i, len(line.words))
        rows.append(row)
    return rows
