"""The first pass over a chunk: files to cleaned documents, and which lines they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dialecto.corpus.boilerplate import count_lines
from dialecto.corpus.chunks import PARTS, ChunkTask, whole_parquet
from dialecto.corpus.clean import clean
from dialecto.corpus.extract import Piece, extract
from dialecto.corpus.extract.context import RECORD, document_year
from dialecto.corpus.extract.piece import failure
from dialecto.corpus.extract.visit import Begin
from dialecto.corpus.ocr import count_unknown, write_counts
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.poison.hidden import hidden_characters
from dialecto.corpus.table import QUARANTINED, REMOVED, SCHEMA, document_id
from dialecto.corpus.workers import Unit
from dialecto.runtime.files import sha256_file

BATCH_CHARACTERS = 2_000_000
# What the later passes work on at a time, when it is reached with whole batches: more than that is
# for another worker. A chunk of plain files stays below.
PART_CHARACTERS = 3_000_000
FILE_SECONDS, SECONDS_PER_MEGABYTE = 25.0, 5.0
_UNITS = 1 << 20  # more than a chunk has files: a member's unit is its number times this
# Readable, but not to be used: a page whose site asks so, what is no document.
_BY_RULE = ("opt_out", "skipped")
LINES = pa.schema([("family", pa.string()), ("line", pa.int64()), ("documents", pa.int64())])


def read_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> int:
    """Files to cleaned documents. Writes `read`, in parts (`parts_of`), and `lines` last of all;
    returns the documents found.
    """
    counts: Counter[tuple[str, int]] = Counter()
    words: Counter[str] | None = Counter() if task.settings.section.repair.ocr else None
    total = 0
    with _Parts(task) as parts:
        for table in _tables(_documents(task.chunk, lost, unit)):
            count_lines(table, counts)
            if words is not None:
                count_unknown(table, words)
            parts.write(table)
            total += len(table)
    if words is not None:
        write_counts(words, task.file("words"))
    marked = LINES.with_metadata({PARTS: str(parts.count)})
    with whole_parquet(task.file("lines"), marked) as writer:
        rows = [
            {"family": group, "line": line, "documents": number}
            for (group, line), number in sorted(counts.items())
        ]
        writer.write_table(pa.Table.from_pylist(rows, schema=LINES))
    return total


class _Parts:
    """A chunk's documents in files of some 4 million characters each; one file at least."""

    def __init__(self, task: ChunkTask) -> None:
        self._task = task
        self._open = ExitStack()
        self._characters = 0
        self.count = 0

    def __enter__(self) -> _Parts:
        self._begin()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def _begin(self) -> None:
        self._open.close()
        part = replace(self._task, part=self.count)
        self._writer = self._open.enter_context(whole_parquet(part.file("read"), SCHEMA))
        self._characters, self.count = 0, self.count + 1

    def write(self, table: pa.Table) -> None:
        if self._characters >= PART_CHARACTERS:
            self._begin()
        self._characters += pc.sum(pc.utf8_length(table["text"])).as_py()
        self._writer.write_table(table)


def _documents(chunk: Chunk, lost: dict[int, str], unit: Unit) -> Iterator[dict[str, Any]]:
    for index, file in enumerate(chunk.files):
        if index in lost:
            detail = f"reading it {'took too long' if lost[index] == 'timeout' else 'crashed'}"
            yield _row(file, outcome=QUARANTINED, reason=lost[index], detail=detail)
            continue
        unit(index, FILE_SECONDS + SECONDS_PER_MEGABYTE * file.bytes / 1e6)

        def begin(member: int, megabytes: float, index: int = index) -> str:
            """A member of the file is a unit of its own; returns why it was lost, if it was."""
            number = index + member * _UNITS
            if number not in lost:
                unit(number, FILE_SECONDS + SECONDS_PER_MEGABYTE * megabytes)
            return lost.get(number, "")

        yield from read_file(file, begin)


def read_file(
    file: InputFile, begin: Begin = lambda _number, _megabytes: ""
) -> Iterator[dict[str, Any]]:
    """Rows of the schema: the documents in a file, or one quarantined row.

    `begin` hears of each member of a container, as in `extract`.
    """
    sha = ""
    try:
        sha = sha256_file(Path(file.location))
        for piece in extract(Path(file.location), begin, file.exclude):
            path = file.path + piece.place
            row = _row(file, path=path, sha256=sha, changes=list(piece.changes))
            if piece.problem:
                yield row | {
                    "outcome": REMOVED if piece.problem in _BY_RULE else QUARANTINED,
                    "reason": piece.problem,
                    "detail": piece.detail,
                }
                continue
            text, changes = clean(piece.text)
            row["text"] = text
            row |= _context(file, piece, text)
            row["changes"] += changes
            if not text.strip():
                row |= {"outcome": QUARANTINED, "reason": "no_text"}
            yield row
    except BaseException as error:
        why = failure(error)
        yield _row(file, sha256=sha, outcome=QUARANTINED, reason=why.reason, detail=why.detail)


def _context(file: InputFile, piece: Piece, text: str) -> dict[str, Any]:
    """What is known of a document besides its text: its threads, the year of its date,
    the characters that cleaning took away."""
    year = document_year(piece.year, file.path, text)
    threads = [f"{k}:{file.source}" if k.startswith(RECORD) else k for k in piece.threads]
    measures = {f"poison.{name}": n for name, n in hidden_characters(piece.text).items()}
    if year:
        measures["date.year"] = float(year)
    return {"threads": threads, "measures": sorted(measures.items())}


def _row(file: InputFile, **known: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        **dict.fromkeys(("sha256", "lang", "text", "outcome", "reason", "detail"), ""),
        "source": file.source,
        "path": file.path,
        "changes": [],
        "threads": [],
        **known,
    }
    row["id"] = document_id(row["source"], row["path"])
    return row


def _tables(rows: Iterator[dict[str, Any]]) -> Iterator[pa.Table]:
    """Rows as tables of about 2 million characters."""
    pending: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        pending.append(row)
        size += len(row["text"])
        if size >= BATCH_CHARACTERS or len(pending) >= 2000:
            yield _table(pending)
            pending, size = [], 0
    if pending:
        yield _table(pending)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    for row in rows:  # lone surrogates cannot be written as UTF-8
        for name in ("path", "text", "detail"):
            row[name] = row[name].encode("utf-8", "replace").decode("utf-8")
    return pa.Table.from_pylist(rows, schema=SCHEMA)
