"""Rows as documents: a template filled, and JSON Lines in parts that are whole or absent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from dialecto.collect.snapshot import whole_file
from dialecto.recipe import fill, template_columns

# The field that names a record for the corpus stage (its path: `rows-00000.jsonl.zst:<id>`).
RECORD_ID = "dialecto:id"
PART_ROWS, PART_BYTES = 20_000, 16_000_000


@dataclass(frozen=True)
class Part:
    """A part that is on disk: its rows and the last of them."""

    path: Path
    rows: int
    last: Any


def as_text(value: Any) -> str:
    """A value as a document shows it. NULL is nothing; bytes that are no text are left out."""
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        try:
            return bytes(value).decode("utf-8")
        except UnicodeDecodeError:
            return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if isinstance(value, str) else str(value)


def check_columns(template: str, columns: Sequence[str]) -> None:
    """Raises ValueError naming the columns there are when the template names another."""
    for name in template_columns(template):
        if name not in columns:
            raise ValueError(
                f"the template names the column `{name}`, which is not there. "
                f"Columns: {', '.join(columns)}."
            )


def row_text(row: Mapping[str, Any], template: str, left_out: str = "") -> str:
    """The document of a row: the template filled, or `column: value` lines without one."""
    if template:
        return fill(template, row, as_text)
    texts = {name: as_text(value) for name, value in row.items()}
    shown = [(name, text) for name, text in texts.items() if text and name != left_out]
    if len(row) - (left_out in row) == 1:
        return shown[0][1] if shown else ""
    return "\n".join(f"{name}: {text}" for name, text in shown)


def write_parts(
    records: Iterable[tuple[Any, dict[str, str]]], folder: Path, first: int = 0, name: str = "rows"
) -> Iterator[Part]:
    """JSON Lines, compressed, of (key, record), in parts of 20,000 rows or 16 MB.

    Yields each part when it is on disk, so that a collection can go on after the last one.
    """
    waiting = iter(records)
    for number in range(first, 10**9):
        head = next(waiting, None)
        if head is None:
            return
        yield _write_part(folder / f"{name}-{number:05d}.jsonl.zst", chain([head], waiting))


def _write_part(path: Path, records: Iterator[tuple[Any, dict[str, str]]]) -> Part:
    import zstandard

    rows, size, last = 0, 0, None
    with (
        whole_file(path) as file,
        zstandard.ZstdCompressor(3).stream_writer(file, closefd=False) as out,
    ):
        for key, record in records:
            line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            out.write(line)
            rows, size, last = rows + 1, size + len(line), key
            if rows >= PART_ROWS or size >= PART_BYTES:
                break
    return Part(path, rows, last)
