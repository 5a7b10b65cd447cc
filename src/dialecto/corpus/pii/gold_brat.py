"""Annotations of brat: `NAME.ann` beside `NAME.txt`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dialecto.corpus.pii.gold_page import BOM, GoldDocument, Mark, page, text_of
from dialecto.runtime.errors import DialectoError


def read_brat(path: Path, table: Mapping[str, str]) -> GoldDocument:
    """The page of an `.ann` file. Notes, relations and attributes are left out.

    A discontinuous entity is taken from its first to its last character. Raises DialectoError
    with the line of what is not an annotation, or does not fit the text.
    """
    text_path = path.with_suffix(".txt")
    if not text_path.exists():
        raise DialectoError(f"{path}: its text {text_path.name} is missing.")
    marks: list[Mark] = []
    for number, line in enumerate(text_of(path).removeprefix(BOM).split("\n"), 1):
        if not line.startswith("T"):
            continue
        fields = line.rstrip("\r").split("\t")
        try:
            label, spans = fields[1].split(" ", 1)
            numbers = [int(n) for n in spans.replace(";", " ").split()]
            start, end = min(numbers), max(numbers)
        except (IndexError, ValueError):
            raise DialectoError(f"{path}:{number}: not a brat annotation: {line!r}") from None
        whole = fields[2] if len(fields) > 2 and len(numbers) == 2 else ""
        marks.append(Mark(start, end, label, f"{path}:{number}", whole))
    return page(path.stem, _as_counted(text_of(text_path), marks), marks, table)


def _as_counted(raw: str, marks: Sequence[Mark]) -> str:
    """The text as its offsets were counted: a `\\r\\n` as one or two, with or without a BOM."""
    plain = raw.replace("\r\n", "\n")
    forms = [plain, plain.removeprefix(BOM), raw, raw.removeprefix(BOM)]
    return max(forms, key=lambda text: sum(text[m.start : m.end] == m.said for m in marks))
