"""Rows of a data set's file, read from the network's stream no further than they are asked for.

Nothing is ever whole in memory; what is wanted of the rows is written as JSON Lines.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from huggingface_hub import HfFileSystem

from dialecto.collect.columns import context_of
from dialecto.collect.hub_work import ROWS, HubFile, Unusable, Work
from dialecto.collect.rows import RECORD_ID, as_text, check_columns, row_text, write_parts
from dialecto.recipe import template_columns

_BATCH = 500


def take_rows(work: Work, file: HubFile, limit: int) -> dict[str, Any]:
    """A file's rows as parts of JSON Lines; at most `limit`, 0 for all."""
    if file.kind not in (*ROWS, ".txt"):
        raise Unusable(
            f"{file.path} has no rows to take a text or a number of. Choose others with `files`."
        )
    place = PurePosixPath(file.path)
    name = place.name.removesuffix(".zst").removesuffix(".gz").rpartition(".")[0] or place.name
    folder = work.files / place.parent
    for old in folder.glob(f"{name}-[0-9]*.jsonl.zst") if folder.is_dir() else ():
        old.unlink()  # of an attempt that was stopped
    malformed: list[int] = []
    source = _Source()
    records = _records(work, file, source, malformed)
    rows = sum(part.rows for part in write_parts(_first(records, limit), folder, name=name))
    whole = source.ended and source.digest.hexdigest()
    if whole and file.sha256 and whole != file.sha256:
        raise Unusable(f"{file.path} is not what the hub says it is (its SHA-256 differs).")
    return {
        "rows": rows,
        "malformed": malformed,
        "sha256": file.sha256 or whole or "",
        "bytes": file.size,
    }


def _first(records: Iterator[Any], limit: int) -> Iterator[Any]:
    for number, record in enumerate(records, 1):
        yield record
        if number == limit:
            return


class _Source:
    """A stream's bytes on their way: hashed, and whether they came to their end."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.ended = False


def _records(
    work: Work, file: HubFile, source: _Source, malformed: list[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row's number, record) of a file, with the row's number as the record's name."""
    text = work.section.text
    template = text if "{" in text or not text else f"{{{text}}}"
    columns = template_columns(template)
    for number, row in _rows(work, file, source):
        if row is None and number == 1 and file.kind == ".json":
            raise Unusable(f"{file.path} is not JSON Lines. Choose others with `files`.")
        if row is None:
            malformed.append(number)
        elif not template:
            yield number, {**row, RECORD_ID: str(number)}
        elif all(name in row for name in columns):
            text = row_text(row, template)
            yield number, {**context_of(row), "text": text, RECORD_ID: str(number)}
        elif number == 1:
            try:
                check_columns(template, list(row))
            except ValueError as error:
                raise Unusable(f"{file.path}: {error}") from None
        else:
            malformed.append(number)  # a row unlike the others


def _rows(
    work: Work, file: HubFile, source: _Source
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """(number from 1, row or None for one that cannot be read)."""
    if file.kind == ".parquet":
        yield from _parquet_rows(work, file)
        return
    with _opened(work, file, block_size=0) as stream:
        lines = _unpacked(_hashed(stream, source), file.path)
        if file.kind == ".txt":
            yield 1, {"text": lines.read().decode("utf-8", "replace")}
            return
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else None


def _parquet_rows(work: Work, file: HubFile) -> Iterator[tuple[int, dict[str, Any]]]:
    """Only the batches, and by them the bytes, that are asked for."""
    import pyarrow.parquet as pq

    number = 0
    with _opened(work, file, block_size=1 << 20) as stream:
        # Buffered: otherwise every column of a row group is fetched whole.
        table = pq.ParquetFile(stream, buffer_size=1 << 20)
        for group in range(table.num_row_groups):
            for batch in table.iter_batches(_BATCH, row_groups=[group], use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    yield number, {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """What JSON can hold; the rest as text."""
    return value if isinstance(value, str | int | float | bool | list | dict) else as_text(value)


@contextmanager
def _opened(work: Work, file: HubFile, block_size: int) -> Iterator[Any]:
    """The file as a stream over the network; with `block_size` it can be sought in."""
    section = work.section
    system = HfFileSystem(token=work.token, skip_instance_cache=True)
    address = f"datasets/{section.dataset}@{section.revision}/{file.path}"
    options: dict[str, Any] = {"block_size": block_size}
    with system.open(address, "rb", **options) as stream:
        yield stream


def _hashed(stream: Any, source: _Source) -> io.BufferedReader:
    class Hashed(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data = stream.read(len(buffer))
            source.digest.update(data)
            source.ended = source.ended or not data
            buffer[: len(data)] = data
            return len(data)

    return io.BufferedReader(Hashed(), 1 << 18)


def _unpacked(stream: io.BufferedReader, path: str) -> Any:
    if path.lower().endswith(".zst"):
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(
            stream, read_across_frames=True
        )
        return io.BufferedReader(reader, 1 << 18)
    if path.lower().endswith(".gz"):
        import gzip

        return gzip.GzipFile(fileobj=stream)
    return stream
