"""Parquet: each row a document, read a batch at a time whatever the file's size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.extract.tables import TEXT_FIELDS, record_piece, record_text
from dialecto.corpus.extract.visit import Visit

_ROWS = 64
_PROSE = 60  # characters on average from which a column without a telling name is prose
_BINARY = re.compile(r"binary|blob|bytes|fixed_size_binary", re.IGNORECASE)


def extract_parquet(content: Content, visit: Visit) -> Iterator[Piece]:
    """One document for each row.

    Its text is the column `text`, `content`, `body`... (`TEXT_FIELDS`), else the string column
    with the longest values, else all columns as `name: value` lines.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with content.seekable() as stream:
        if not stream.read(1):
            raise Unreadable("empty", "the file has no bytes")
        stream.seek(0)
        try:
            file = pq.ParquetFile(stream, buffer_size=1 << 20, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise Unreadable("malformed", f"not a Parquet file: {_plain(error)}") from error
        with file:
            yield from _rows(file, visit)


def _rows(file: Any, visit: Visit) -> Iterator[Piece]:
    import pyarrow as pa

    columns = [field.name for field in file.schema_arrow if not _BINARY.search(str(field.type))]
    text_column: str | None = None
    number = 0
    for group in range(file.num_row_groups):
        number = first = sum(file.metadata.row_group(n).num_rows for n in range(group))
        try:
            for batch in file.iter_batches(_ROWS, row_groups=[group], columns=columns):
                rows = batch.to_pylist()
                if text_column is None:
                    text_column = _text_column(rows)
                for row in rows:
                    number += 1
                    text = _text(row, text_column)
                    visit.unpacked(len(text))
                    if text.strip():
                        yield record_piece(row, text, str(number))
                    else:
                        detail = f"row {number}: no text"
                        yield Piece("", str(number), problem="no_text", detail=detail)
        except (pa.ArrowException, OSError) as error:
            # Only this group of rows is lost.
            last = first + file.metadata.row_group(group).num_rows
            detail = f"rows {number + 1} to {last}: {_plain(error)}"
            yield Piece("", str(number + 1), problem="malformed", detail=detail)
            number = last
    if not number:
        raise Unreadable("no_text", "the table has no rows")


def _text(row: dict[str, Any], column: str) -> str:
    """A row's text: its column with what stands for a title, or all columns by name."""
    if column and column not in TEXT_FIELDS:
        return str(row.get(column) or "")
    return record_text(row)


def _text_column(rows: list[dict[str, Any]]) -> str:
    """The column that holds the documents, judged by the first rows; empty when none does."""
    names = list(rows[0]) if rows else []
    lowered = {name.lower(): name for name in reversed(names)}
    for name in TEXT_FIELDS:
        if name in lowered and any(isinstance(row[lowered[name]], str) for row in rows):
            return lowered[name]
    lengths = {
        name: sum(len(row[name]) for row in rows if isinstance(row[name], str)) / len(rows)
        for name in names
    }
    best = max(lengths, key=lambda name: lengths[name], default="")
    return best if best and lengths[best] >= _PROSE else ""


def _plain(error: Exception) -> str:
    return str(error).split("\n")[0][:200]
