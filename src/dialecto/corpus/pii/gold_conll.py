"""Annotations in columns, a token a line: CoNLL-2002, CoNLL-2003, CoNLL-U and their like.

Files differ in their columns: the tag is the last one, or the first, or before a column of
probabilities; the token is the first, or behind its number. Which is which is told from the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialecto.corpus.pii.gold_page import BOM, GoldDocument, Mark, page, text_of
from dialecto.runtime.errors import DialectoError

SUFFIXES = frozenset(
    (
        *(".conll", ".conll02", ".conll03", ".conllu", ".bio", ".iob", ".iob2", ".bioes", ".bilou"),
        *(".esp", ".ned", ".train", ".testa", ".testb"),
    )
)
"""Endings of files in columns; `.txt` and `.tsv` are too where their lines say so."""
MAYBE = frozenset((".txt", ".tsv"))
_TAG = re.compile(r"O|[BIELMSU][-_]\S+")
_BARE_TAG = re.compile(r"O|[A-Z][A-Z_]{2,}")
_MISC = re.compile(r"(?:^|\|)(?:NER|NE|Entity|ner|ne)=(?P<tag>O|[BIELMSU][-_][^|]+)")
_ENOUGH = 0.6
"""Share of lines whose field must be a tag for a column to be that of the tags."""
_LOOKED_AT = 400


@dataclass(frozen=True)
class _Line:
    number: int
    fields: tuple[str, ...]
    raw: str


@dataclass(frozen=True)
class _Columns:
    """Where the token and the tag are; the tag's place is counted from the line's end."""

    token: int
    tag: int
    shape: re.Pattern[str]


def in_columns(path: Path) -> bool:
    """Whether a `.txt` or `.tsv` holds tokens and tags rather than prose."""
    try:
        sentences = [s for s in _sentences(text_of(path)) if s]
    except DialectoError:
        return False
    lines = [line for sentence in sentences for line in sentence]
    columns = _columns(sentences)
    if columns is None or columns.shape is not _TAG:
        return False
    tags = [_tag(line, columns) for line in lines[:_LOOKED_AT]]
    return any(tag not in ("", "O") for tag in tags) and all(tags)


def read_conll(path: Path, table: Mapping[str, str]) -> Iterator[GoldDocument]:
    """One page for each `-DOCSTART-`; sentences become lines, tokens are joined by spaces.

    Raises DialectoError with the line that has no token or no tag.
    """
    sentences = list(_sentences(text_of(path)))
    columns = _columns([s for s in sentences if s]) or _Columns(0, 1, _TAG)
    pieces: list[str] = []
    marks: list[Mark] = []
    length, count = 0, 0

    def made() -> GoldDocument:
        return page(f"{path.stem}-{count}", "".join(pieces), marks, table)

    for sentence in sentences:
        if sentence is None:  # -DOCSTART-
            if pieces:
                yield made()
                pieces, marks, length, count = [], [], 0, count + 1
            continue
        tags, ends = [], []
        for line in sentence:
            if columns.shape is _MISC and not line.fields[0].isdigit():
                continue  # a word of several tokens, or an empty node
            tag = _tag(line, columns)
            if not tag:
                raise DialectoError(
                    f"{path}:{line.number}: expected a token and, in the same column as on the "
                    f"other lines, its tag (O, B-TYPE, I-TYPE), found {line.raw!r}"
                )
            token = line.fields[columns.token]
            tags.append(tag)
            ends.append((length, length + len(token)))
            pieces += [token, " "]
            length += len(token) + 1
        marks += spans_of(tags, ends, str(path))
        if tags:
            pieces[-1] = "\n"
    if pieces:
        pieces[-1] = " "
        yield made()


def spans_of(tags: Sequence[str], ends: Sequence[tuple[int, int]], where: str) -> list[Mark]:
    """The marks that tags of tokens make; `ends` are each token's start and end."""
    marks: list[Mark] = []
    inside = ""
    for tag, (start, end) in zip(tags, ends, strict=True):
        prefix, label = _parts(tag)
        if label and label == inside and prefix in ("I", "E", "M", "L", ""):
            marks[-1] = Mark(marks[-1].start, end, label, where)
        elif label:
            marks.append(Mark(start, end, label, where))
        inside = label
    return marks


def _parts(tag: str) -> tuple[str, str]:
    """(`B`, `PER`) of `B-PER` and `B_PER`; (``, `PER`) of `PER`; (``, ``) of `O`."""
    if tag == "O":
        return "", ""
    return (tag[0], tag[2:]) if _TAG.fullmatch(tag) else ("", tag)


def _sentences(text: str) -> Iterator[list[_Line] | None]:
    """The lines of each sentence; None where a document begins."""
    sentence: list[_Line] = []
    for number, raw in enumerate(text.removeprefix(BOM).replace("\r\n", "\n").split("\n"), 1):
        fields = raw.split("\t") if "\t" in raw else raw.split()
        fields = [field.strip() for field in fields]
        if fields and fields[0] == "-DOCSTART-":
            yield sentence
            yield None
            sentence = []
        elif not any(fields):
            if sentence:
                yield sentence
                sentence = []
        elif len(fields) < 2 and raw.startswith("#"):
            continue
        elif raw.startswith("# "):
            continue  # a comment of CoNLL-U and its like
        elif fields[0]:
            sentence.append(_Line(number, tuple(fields), raw))
    if sentence:
        yield sentence


def _columns(sentences: Sequence[Sequence[_Line]]) -> _Columns | None:
    """Where tokens and tags are in a file, or None where no column is one of tags."""
    lines = [line for sentence in sentences for line in sentence][:_LOOKED_AT]
    if not lines:
        return None
    widest = max(len(line.fields) for line in lines)
    if sum(_is_conllu(line) for line in lines) >= _ENOUGH * len(lines):
        if not any(_MISC.search(line.fields[-1]) for line in lines):
            return None
        return _Columns(1, 1, _MISC)
    numbered = widest > 2 and _is_numbered(sentences)
    for shape in (_TAG, _BARE_TAG):
        for place in range(1, widest + 1):
            values = [line.fields[-place] for line in lines if len(line.fields) >= max(place, 2)]
            fit = sum(bool(shape.fullmatch(value)) for value in values)
            sure = shape is _TAG or "O" in values
            if fit >= _ENOUGH * len(lines) and sure:
                first = all(len(line.fields) == place for line in lines if len(line.fields) > 1)
                return _Columns(1 if first or numbered else 0, place, shape)
    return None


def _is_conllu(line: _Line) -> bool:
    return len(line.fields) == 10 and line.fields[0][:1].isdigit() and line.fields[6].isdigit()


def _is_numbered(sentences: Sequence[Sequence[_Line]]) -> bool:
    """Whether the first column counts the tokens of each sentence."""
    return all(
        line.fields[0] in (str(place), str(place + 1))
        for sentence in sentences[:50]
        for place, line in enumerate(sentence)
    )


def _tag(line: _Line, columns: _Columns) -> str:
    """The tag of a line, or nothing where it has none."""
    if len(line.fields) < max(2, columns.tag, columns.token + 1):
        return ""
    value = line.fields[-columns.tag]
    if columns.shape is _MISC:
        found = _MISC.search(value)
        return found.group("tag") if found else "O"
    return value if columns.shape.fullmatch(value) else ""
