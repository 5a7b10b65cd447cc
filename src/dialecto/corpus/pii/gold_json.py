"""Annotations in JSON and JSON lines: ours and those that other tools write.

Ours, spaCy (its rows for training, its old files, `Doc.to_json()`), Presidio (its research sets and
results), Doccano, Prodigy, Label Studio (whole and small export), and tokens with their tags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.gold_conll import spans_of
from dialecto.corpus.pii.gold_page import BOM, GoldDocument, Mark, page, text_of
from dialecto.runtime.errors import DialectoError

Problem = Callable[[DialectoError], None]
_TEXTS = ("text", "full_text", "raw", "content")
_MARKS = ("entities", "spans", "label", "labels", "ents", "results", "annotations")
_TAGS = ("ner_tags", "tags", "labels", "ner")


def read_json(path: Path, table: Mapping[str, str], problem: Problem) -> Iterator[GoldDocument]:
    """The pages of a file. A row that is wrong goes to `problem` with its line or number.

    Raises DialectoError when the file is no JSON, or no row of it has a text.
    """
    texts = False
    for index, (where, row) in enumerate(_rows(path, problem)):
        row = _as_dictionary(row)
        if not _has_text(row):
            continue
        texts = True
        try:
            name, text, marks = _page_of(row, where)
            if marks is not None:
                yield page(name or f"{path.stem}-{index}", text, marks, table)
        except DialectoError as error:
            problem(error)
    if not texts:
        raise DialectoError(
            f"{path}: no row has a text. Expected rows like "
            '{"text": ..., "entities": [{"start", "end", "type"}]}'
        )


def _as_dictionary(row: Any) -> Any:
    """`[text, {"entities": ...}]` of spaCy and rows within another, as one dictionary."""
    if isinstance(row, list) and len(row) == 2 and isinstance(row[1], dict):
        return {"text": row[0], **row[1]}
    if isinstance(row, dict) and isinstance(row.get("data"), dict):  # Label Studio
        return {**row["data"], **row}
    return row


def _has_text(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    return any(isinstance(row.get(key), str) for key in _TEXTS) or _words_of(row) is not None


def _words_of(row: Mapping[str, Any]) -> list[str] | None:
    words = row.get("tokens", row.get("words"))
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        return words
    return None


def _page_of(row: Mapping[str, Any], where: str) -> tuple[str, str, list[Mark] | None]:
    """(name, text, marks) of a row; no marks where somebody has set the row aside."""
    name = str(row.get("id", ""))
    text = next((row[key] for key in _TEXTS if isinstance(row.get(key), str)), None)
    if text is None:
        return name, *_tagged(row, where)
    if row.get("answer", "accept") != "accept":  # Prodigy
        return name, text, None
    key = next((key for key in _MARKS if row.get(key)), None)
    key = key or next((key for key in _MARKS if key in row), None)
    if key is None:
        raise DialectoError(
            f"{where}: a text without its annotations: expected `entities`, a list (it may be "
            f"empty); found {', '.join(sorted(row))}"
        )
    found: Any = row[key] or []
    if not isinstance(found, list):
        raise DialectoError(f"{where}: the entities must be a list, found {found!r}")
    if key == "annotations" and any(isinstance(one, dict) and "result" in one for one in found):
        done = [one for one in found if isinstance(one, dict) and not one.get("was_cancelled")]
        if not done:
            return name, text, None
        found = [one for one in done[0].get("result") or () if _is_span(one)]
    return name, text, [_mark(mark, where) for mark in found]


def _is_span(mark: Any) -> bool:
    """Label Studio also keeps choices and relations among its results."""
    return (
        isinstance(mark, dict) and isinstance(mark.get("value"), dict) and "start" in mark["value"]
    )


def _tagged(row: Mapping[str, Any], where: str) -> tuple[str, list[Mark]]:
    """The text and marks of a row of tokens and tags."""
    words = _words_of(row) or []
    tags = next((row[key] for key in _TAGS if isinstance(row.get(key), list)), None)
    if tags is None or len(tags) != len(words) or not all(isinstance(tag, str) for tag in tags):
        raise DialectoError(
            f"{where}: expected as many tags (`ner_tags`: O, B-TYPE, I-TYPE) as tokens, by their "
            "names and not by numbers"
        )
    ends = []
    at = 0
    for word in words:
        ends.append((at, at + len(word)))
        at += len(word) + 1
    return " ".join(words), spans_of(tags, ends, where)


def _rows(path: Path, problem: Problem) -> Iterator[tuple[str, Any]]:
    """(where it stands, row) of each row of a file."""
    text = text_of(path).removeprefix(BOM)
    if path.suffix.lower() != ".jsonl":
        try:
            yield from _listed(json.loads(text), path)
            return
        except json.JSONDecodeError as error:
            # A file of lines under another name: several things, one behind the other.
            if error.msg != "Extra data" or error.colno != 1:
                where = f"{path}:{error.lineno}"
                raise DialectoError(f"{where}: not valid JSON: {error.msg}") from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield f"{path}:{number}", json.loads(line)
            except json.JSONDecodeError as error:
                problem(DialectoError(f"{path}:{number}: not valid JSON: {error.msg}"))


def _listed(rows: Any, path: Path) -> Iterator[tuple[str, Any]]:
    if isinstance(rows, dict):
        rows = rows.get("documents", rows.get("examples", [rows]))
    if not isinstance(rows, list):
        raise DialectoError(f"{path}: expected a list of documents, found {type(rows).__name__}")
    for index, row in enumerate(rows):
        inner = row.get("paragraphs") if isinstance(row, dict) else None  # spaCy 2
        for part in inner if isinstance(inner, list) else [row]:
            yield f"{path}, document {index}", part


def _mark(mark: Any, where: str) -> Mark:
    """One entity of a JSON row."""
    said = ""
    if isinstance(mark, dict):
        if isinstance(mark.get("value"), dict):  # Label Studio
            mark = mark["value"]
        start = _first(mark, "start", "start_position", "start_offset")
        end = _first(mark, "end", "end_position", "end_offset")
        label = _first(mark, "type", "entity_type", "label", "labels")
        said = _first(mark, "text", "entity_value", "value")
        if isinstance(label, list) and label:
            label = label[0]
    else:
        start, end, label = mark if isinstance(mark, list) and len(mark) == 3 else (None,) * 3
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(label, str)):
        raise DialectoError(f"{where}: an entity needs start, end and type: {mark}")
    return Mark(start, end, label, where, said if isinstance(said, str) else "")


def _first(mark: Mapping[str, Any], *keys: str) -> Any:
    return next((mark[key] for key in keys if key in mark), None)
