"""CSV, JSON and JSON Lines as readable text.

A JSON Lines record is a document, and so is a row of CSV or an item of JSON where they have a
text of their own; else the file is one, each row written as its fields with their names, so that
a value keeps its meaning far from the header.
"""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from collections.abc import Iterable, Iterator
from typing import Any

from dialecto.collect.rows import RECORD_ID
from dialecto.corpus.decode import NotText, decode
from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.context import record_threads, record_year
from dialecto.corpus.extract.piece import Piece, Unreadable, decoded

# The names under which corpora keep a record's text, in order of preference.
TEXT_FIELDS = (
    *("text", "texto", "content", "contenido", "body", "cuerpo", "document", "documento"),
    *("full_text", "raw_content", "raw_text", "page_content", "texto_completo"),
)
_TITLE_FIELDS = ("title", "titulo", "título", "subject", "asunto")
_PAPERS = ("document", "documento")
_MAX_FIELD = 10_000_000
_TEXT_LENGTH = 60  # characters that half of a column's values have at least, if they are texts


def extract_csv(content: Content) -> Iterator[Piece]:
    """A document for each row where a column is named as texts are (`texto`, `content`...) and
    holds some; else one: `name: value` lines, a blank line between rows.
    """
    text, changes = decoded(content.read())
    rows = table_rows(text, content.suffix)
    if not rows:
        raise Unreadable("no_text", "the table has no rows")
    header, *body = rows
    names = [name.lower() for name in header]
    if body and len(set(names)) == len(names) and _hold_texts(names, body):
        yield from _texts(names, body, changes)
    else:
        yield Piece(_rows_to_text(rows), changes=changes)


def table_rows(text: str, suffix: str) -> list[list[str]]:
    """The rows of a table of text, cells stripped, empty rows left out. Raises Unreadable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if "\0" in text:
        raise Unreadable("binary", "the table holds zero bytes")
    csv.field_size_limit(_MAX_FIELD)
    try:
        return [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text, suffix))
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise Unreadable("malformed", f"CSV: {error}") from error


def _hold_texts(names: list[str], rows: list[list[str]]) -> bool:
    """Whether a column is named as texts are and its values are as long as texts: a name or a
    word for each row of a table of customers is none."""
    found = (_text_field(dict(zip(names, row, strict=False))) for row in rows)
    lengths = [len(text) for text in found if text]
    return bool(lengths) and statistics.median(lengths) >= _TEXT_LENGTH


def _texts(names: list[str], rows: list[list[str]], changes: tuple[str, ...]) -> Iterator[Piece]:
    """Rows numbered from 1, without the header's."""
    for number, row in enumerate(rows, 1):
        record = dict(zip(names, row, strict=False))
        text = _text_field(record)
        if text:
            yield record_piece(record, record_text(record), str(number), changes)
        else:
            yield Piece("", str(number), problem="no_text", detail=f"row {number}: no text")


def _delimiter(text: str, suffix: str) -> str:
    if suffix == ".tsv":
        return "\t"
    head = text.split("\n", 20)[:20]
    counts = {mark: [line.count(mark) for line in head] for mark in ";,\t|"}
    # The mark that is in the most lines, and the most often; a comma when none is.
    return max(counts, key=lambda m: (sum(n > 0 for n in counts[m]), min(counts[m]), m == ","))


def _rows_to_text(rows: list[list[str]]) -> str:
    header, *body = rows
    named = bool(body) and len(set(header)) == len(header) and not any(map(_is_number, header))
    if not named:
        return "\n".join(", ".join(cell for cell in row if cell) for row in rows)
    records = []
    for row in body:
        names = header + [""] * (len(row) - len(header))
        records.append(
            "\n".join(
                f"{name}: {value}" if name else value
                for name, value in zip(names, row, strict=False)
                if value
            )
        )
    return "\n\n".join(records)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,]+%?", cell)) or not cell


def extract_jsonl(content: Content) -> Iterator[Piece]:
    """One document for each line; a broken line is a piece with a problem. Streams."""
    head = content.head(65536)
    if not head:
        raise Unreadable("empty", "the file has no bytes")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in head and not wide:
        raise Unreadable("binary", "the file holds zero bytes")
    if wide:
        yield from _records(line.encode() for line in decode(content.read())[0].split("\n"))
        return
    try:
        with content.open() as file:
            yield from _records(file)
    except OSError as error:
        raise Unreadable("unreadable", error.strerror or str(error)) from error


def _records(lines: Iterable[bytes]) -> Iterator[Piece]:
    names: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name = str(number)
        try:
            value = json.loads(decode(line)[0].strip().lstrip("\ufeff"))
            if isinstance(value, dict) and RECORD_ID in value:  # a collected row's own name
                given = str(value.pop(RECORD_ID))
                name = f"{number}:{given}" if given in names else given
                names.add(given)
            text = record_text(value)
        except NotText as error:
            yield Piece("", str(number), problem="binary", detail=f"line {number}: {error}")
        except (ValueError, RecursionError) as error:
            yield Piece("", str(number), problem="malformed", detail=f"line {number}: {error}")
        else:
            if text.strip():
                yield record_piece(value, text, name)
            else:
                yield Piece("", name, problem="no_text", detail=f"line {number}: no text")


def record_piece(record: Any, text: str, name: str, changes: tuple[str, ...] = ()) -> Piece:
    """A record's text with what its other fields tell of thread and date."""
    threads, year = record_threads(record), record_year(record)
    return Piece(text, name, changes, threads=threads, year=year)


def extract_json(content: Content) -> Iterator[Piece]:
    """A list of records with a text field each, also as an object's only list (`{"data": [...]}`),
    is many documents; anything else is one.
    """
    text, changes = decoded(content.read())
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("malformed", f"JSON: {error}") from error
    lists = (
        [inner for inner in value.values() if isinstance(inner, list)]
        if (isinstance(value, dict) and not _text_field(value))
        else [value]
    )
    if len(lists) == 1 and _all_texts(lists[0]):
        for number, item in enumerate(lists[0], 1):
            yield record_piece(item, record_text(item), str(number), changes)
        return
    body = record_text(value)
    if not body.strip():
        raise Unreadable("no_text", "no words in the JSON")
    yield Piece(body, changes=changes)


def _all_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_text_field(item) for item in value)


def _text_field(record: Any) -> str:
    if isinstance(record, dict):
        for name in TEXT_FIELDS:
            value = record.get(name)
            # A person's `documento` is a number: of those, only what has words.
            if isinstance(value, str) and (len(value.split()) > (3 if name in _PAPERS else 0)):
                return value
    return ""


def record_text(record: Any) -> str:
    """A record's own text under its title, or all its fields as `name: value` lines."""
    text = _text_field(record)
    if text:
        title = next((record[k] for k in _TITLE_FIELDS if isinstance(record.get(k), str)), "")
        return f"{title}\n\n{text}" if title and title not in text[:500] else text
    lines: list[str] = []
    _flatten(record, "", lines, 0)
    return "\n".join(lines)


def _flatten(value: Any, name: str, lines: list[str], depth: int) -> None:
    if depth > 50:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, str(key), lines, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _flatten(inner, name, lines, depth + 1)
    elif value is not None and value != "":
        lines.append(f"{name}: {value}" if name else str(value))
