"""Reads texts that people have annotated: brat, CoNLL and JSON, with their labels made ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.entity import ALL_TYPES, Entity
from dialecto.corpus.pii.gazetteer import DATA
from dialecto.runtime.errors import DialectoError

NOT_PERSONAL = "-"


@dataclass(frozen=True)
class GoldDocument:
    """A text and the entities that people marked in it, in order."""

    name: str
    text: str
    entities: tuple[Entity, ...]


def type_table(extra: Path | None = None) -> dict[str, str]:
    """Label -> our type. `extra` is a file of `LABEL<tab>TYPE` lines that adds to the table."""
    table = {name: name for name in ALL_TYPES}
    for path in (DATA / "gold_types.tsv", extra):
        if path is None:
            continue
        if not path.is_file():
            raise DialectoError(f"{path}: no such table of types.")
        for number, line in enumerate(_text_of(path).removeprefix(_BOM).splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            label, _, ours = line.partition("\t")
            if not ours.strip():
                raise DialectoError(f"{path}:{number}: expected `LABEL<tab>TYPE`, found {line!r}")
            table[label.strip().upper()] = ours.strip()
    return table


def read_gold(source: Path, types: Path | None = None) -> list[GoldDocument]:
    """Every annotated document in a folder (searched in depth) or a file.

    brat: `NAME.ann` beside `NAME.txt`. CoNLL (`.conll`, `.bio`, `.iob`): a token and its tag a
    line. JSON or JSON lines: `{"text", "entities": [{"start", "end", "type"}]}`, or Presidio's
    `{"full_text", "spans": [{"start_position", "end_position", "entity_type"}]}`.

    Raises DialectoError when nothing is annotated, or an annotation does not fit its text.
    """
    table = type_table(types)
    if not source.exists():
        raise DialectoError(f"{source}: no such file or folder of annotations.")
    paths = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    documents = [document for path in paths for document in _read_file(path, table)]
    if not documents:
        raise DialectoError(
            f"{source}: no annotations found. Expected brat (.ann beside .txt), CoNLL (.conll, "
            ".bio, .iob) or JSON (.json, .jsonl)."
        )
    return documents


def _read_file(path: Path, table: Mapping[str, str]) -> Iterator[GoldDocument]:
    suffix = path.suffix.lower()
    if suffix == ".ann":
        yield _read_brat(path, table)
    elif suffix in {".conll", ".bio", ".iob", ".iob2", ".conll03"}:
        yield from _read_conll(path, table)
    elif suffix in {".json", ".jsonl"}:
        yield from _read_json(path, table)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DialectoError(
            f"{path}: not UTF-8 at byte {error.start}. Save annotated texts as UTF-8."
        ) from None


def _read_brat(path: Path, table: Mapping[str, str]) -> GoldDocument:
    text_path = path.with_suffix(".txt")
    if not text_path.exists():
        raise DialectoError(f"{path}: its text {text_path.name} is missing.")
    marks: list[tuple[int, int, str, int, str]] = []
    for number, line in enumerate(_text_of(path).removeprefix(_BOM).splitlines(), 1):
        if not line.startswith("T"):
            continue
        fields = line.split("\t")
        try:
            label, spans = fields[1].split(" ", 1)
            # A discontinuous entity is taken from its first to its last character.
            numbers = [int(n) for n in spans.replace(";", " ").split()]
            start, end = min(numbers), max(numbers)
        except (IndexError, ValueError):
            raise DialectoError(f"{path}:{number}: not a brat annotation: {line!r}") from None
        marks.append((start, end, label, number, fields[2] if len(fields) > 2 else ""))
    text = _as_counted(_text_of(text_path), [(m[0], m[1], m[4]) for m in marks])
    entities = [
        _entity(text, start, end, label, table, f"{path}:{number}")
        for start, end, label, number, _ in marks
    ]
    return GoldDocument(path.stem, text, _sorted(entities))


def _as_counted(raw: str, marks: Sequence[tuple[int, int, str]]) -> str:
    """The text as its offsets were counted: a `\\r\\n` as one or two, with or without a BOM."""
    plain = raw.replace("\r\n", "\n")
    forms = [plain, plain.removeprefix(_BOM), raw, raw.removeprefix(_BOM)]
    return max(forms, key=lambda text: sum(text[s:e] == said for s, e, said in marks))


_BOM = "\ufeff"
_TAG = re.compile(r"O|[BIELMSU]-\S+")


def _read_conll(path: Path, table: Mapping[str, str]) -> Iterator[GoldDocument]:
    """One document for each `-DOCSTART-`; sentences become lines, tokens are joined by spaces."""
    pieces: list[str] = []
    spans: list[list[Any]] = []  # [start, end, label]
    length, count, inside = 0, 0, ""

    def document() -> GoldDocument:
        text = "".join(pieces)
        entities = [_entity(text, s, e, label, table, str(path)) for s, e, label in spans]
        return GoldDocument(f"{path.stem}-{count}", text, _sorted(entities))

    for number, line in enumerate(_text_of(path).removeprefix(_BOM).splitlines(), 1):
        fields = line.split()
        if fields and fields[0] == "-DOCSTART-":
            if pieces:
                yield document()
                pieces, spans, length, count = [], [], 0, count + 1
            inside = ""
            continue
        if not fields:
            if pieces and pieces[-1] == " ":
                pieces[-1] = "\n"
            inside = ""
            continue
        if len(fields) < 2 or not _TAG.fullmatch(fields[-1]):
            if line.startswith("#"):
                continue  # a comment of CoNLL-U and its like
            raise DialectoError(
                f"{path}:{number}: expected a token and, in the last column, its tag "
                f"(O, B-TYPE, I-TYPE), found {line!r}"
            )
        token, (prefix, _, label) = fields[0], fields[-1].partition("-")
        if not label:
            inside = ""
        elif prefix in {"I", "E", "M", "L"} and inside == label:
            spans[-1][1] = length + len(token)
        else:
            spans.append([length, length + len(token), label])
            inside = label
        pieces += [token, " "]
        length += len(token) + 1
    if pieces:
        yield document()


def _read_json(path: Path, table: Mapping[str, str]) -> Iterator[GoldDocument]:
    """Also rows of Doccano (`label`) and spaCy, whose entities are `[start, end, type]`."""
    for index, (where, row) in enumerate(_json_rows(path)):
        if isinstance(row, list) and len(row) == 2 and isinstance(row[1], dict):
            row = {"text": row[0], **row[1]}
        body = row.get("text", row.get("full_text")) if isinstance(row, dict) else None
        if not isinstance(body, str):
            continue
        marks: Any = next(
            (row[k] for k in ("entities", "spans", "label", "labels") if row.get(k)), []
        )
        if not isinstance(marks, list):
            raise DialectoError(f"{where}: the entities must be a list, found {marks!r}")
        entities = [_entity(body, *_mark(mark, where), table, where) for mark in marks]
        yield GoldDocument(str(row.get("id", f"{path.stem}-{index}")), body, _sorted(entities))


def _json_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """(where it stands, row) of each row of a file."""
    text = _text_of(path).removeprefix(_BOM)
    if path.suffix.lower() == ".jsonl":
        numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
        for number, line in numbered:
            yield f"{path}:{number}", _parsed(line, path, number)
        return
    rows = _parsed(text, path, 1)
    if isinstance(rows, dict):
        rows = rows.get("documents", [rows])
    if not isinstance(rows, list):
        raise DialectoError(f"{path}: expected a list of documents, found {type(rows).__name__}")
    for index, row in enumerate(rows):
        yield f"{path}, document {index}", row


def _parsed(text: str, path: Path, first_line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise DialectoError(f"{path}:{line}: not valid JSON: {error.msg}") from None


def _mark(mark: Any, where: str) -> tuple[int, int, str]:
    """(start, end, label) of one entity of a JSON row."""
    if isinstance(mark, dict):
        start = mark.get("start", mark.get("start_position", mark.get("start_offset")))
        end = mark.get("end", mark.get("end_position", mark.get("end_offset")))
        label = mark.get("type", mark.get("entity_type", mark.get("label")))
    else:
        start, end, label = mark if isinstance(mark, list) and len(mark) == 3 else (None,) * 3
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(label, str)):
        raise DialectoError(f"{where}: an entity needs start, end and type: {mark}")
    return start, end, label


def _entity(
    text: str, start: int, end: int, label: str, table: Mapping[str, str], where: str
) -> Entity:
    if not 0 <= start < end <= len(text):
        raise DialectoError(
            f"{where}: span {start}-{end} lies outside of a text of {len(text)} characters."
        )
    kind = table.get(label.upper().strip(), label.upper().strip())
    return Entity(start, end, kind, text[start:end], 1.0, "gold")


def _sorted(entities: list[Entity]) -> tuple[Entity, ...]:
    personal = (e for e in entities if e.type != NOT_PERSONAL)
    return tuple(sorted(personal, key=lambda e: (e.start, e.end)))
