"""Reads texts that people have annotated: brat, CoNLL and JSON, with their labels made ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
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
    elif suffix in {".conll", ".bio", ".iob", ".conll03"}:
        yield from _read_conll(path, table)
    elif suffix in {".json", ".jsonl"}:
        yield from _read_json(path, table)


def _read_brat(path: Path, table: Mapping[str, str]) -> GoldDocument:
    text_path = path.with_suffix(".txt")
    if not text_path.exists():
        raise DialectoError(f"{path}: its text {text_path.name} is missing.")
    text = text_path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    entities = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
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
        entities.append(_entity(text, start, end, label, table, f"{path}:{number}"))
    return GoldDocument(path.stem, text, _sorted(entities))


def _read_conll(path: Path, table: Mapping[str, str]) -> Iterator[GoldDocument]:
    """One document for each `-DOCSTART-`; sentences become lines, tokens are joined by spaces."""
    pieces: list[str] = []
    spans: list[list[Any]] = []  # [start, end, label]
    length, count, inside = 0, 0, ""

    def document() -> GoldDocument:
        text = "".join(pieces)
        entities = [_entity(text, s, e, label, table, str(path)) for s, e, label in spans]
        return GoldDocument(f"{path.stem}-{count}", text, _sorted(entities))

    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if fields and fields[0] == "-DOCSTART-":
            if pieces:
                yield document()
                pieces, spans, length, count = [], [], 0, count + 1
            inside = ""
            continue
        if not fields:
            if pieces and pieces[-1] != "\n":
                pieces[-1:] = ["\n"] if pieces[-1] == " " else [pieces[-1], "\n"]
                length = sum(map(len, pieces))
            inside = ""
            continue
        token, tag = fields[0], fields[-1]
        prefix, _, label = tag.partition("-")
        if tag == "O" or not label:
            inside = ""
        elif prefix in {"I", "E", "M", "L"} and inside == label and spans:
            spans[-1][1] = length + len(token)
        else:
            spans.append([length, length + len(token), label])
            inside = label
        pieces += [token, " "]
        length += len(token) + 1
    if pieces:
        yield document()


def _read_json(path: Path, table: Mapping[str, str]) -> Iterator[GoldDocument]:
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix.lower() == ".jsonl":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise DialectoError(f"{path}:{error.lineno}: not valid JSON: {error.msg}") from None
    rows = rows if isinstance(rows, list) else rows.get("documents", [rows])
    for index, row in enumerate(rows):
        body = row.get("text", row.get("full_text")) if isinstance(row, dict) else None
        if not isinstance(body, str):
            continue
        entities = []
        for span in row.get("entities", row.get("spans")) or []:
            start = span.get("start", span.get("start_position"))
            end = span.get("end", span.get("end_position"))
            label = span.get("type", span.get("entity_type", span.get("label")))
            where = f"{path}, document {index}"
            if not (isinstance(start, int) and isinstance(end, int) and isinstance(label, str)):
                raise DialectoError(f"{where}: an entity needs start, end and type: {span}")
            entities.append(_entity(body, start, end, label, table, where))
        yield GoldDocument(str(row.get("id", f"{path.stem}-{index}")), body, _sorted(entities))


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
