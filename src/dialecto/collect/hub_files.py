"""The hub's own process: `python -m dialecto.collect.hub_files TASK` (a JSON file).

Files are taken as they are, compared with the hub's SHA-256, unless a text column, a template or
a limit is given: then rows are read from the stream, as far as they are needed, and written as
JSON Lines. Nothing is ever whole in memory and no code of the data set is run.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, HfFileSystem, hf_hub_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError
from huggingface_hub.hf_api import RepoFile

from dialecto.collect.child import begin_child, leave, tell
from dialecto.collect.columns import context_of
from dialecto.collect.rows import RECORD_ID, as_text, check_columns, row_text, write_parts
from dialecto.collect.snapshot import DISK_FULL, Findings, disk_is_full
from dialecto.recipe import HubSource, template_columns
from dialecto.runtime.files import read_json, remove_tree, sha256_file, write_json

_ROWS = (".jsonl", ".ndjson", ".json", ".parquet")
_DATA = (*_ROWS, ".txt", ".csv", ".tsv", ".md", ".xml", ".html")
_PACKED = (".zst", ".gz")
_BATCH = 500


class Unusable(Exception):
    """Why the data set cannot be collected, in words for the user."""


@dataclass(frozen=True)
class HubFile:
    """A file of the data set; `sha256` only of those that the hub keeps apart (LFS)."""

    path: str
    size: int
    sha256: str

    @property
    def kind(self) -> str:
        """The ending without that of a compression: `.jsonl` of `a.jsonl.zst`."""
        name = PurePosixPath(self.path.lower())
        return PurePosixPath(name.stem).suffix if name.suffix in _PACKED else name.suffix


@dataclass
class Work:
    """What is to be done and what is known so far."""

    section: HubSource
    files: Path
    state: Path
    token: str | bool
    found: Findings

    @property
    def wants_rows(self) -> bool:
        return bool(self.section.text or self.section.limit)


def collect(work: Work) -> None:
    """Every chosen file. Raises Unusable."""
    kinds = _ROWS if work.section.text else (*_ROWS, ".txt") if work.section.limit else _DATA
    chosen = choose(list_files(work), work.section.files, kinds)
    if not chosen:
        raise Unusable(f"no data file fits. Patterns: {work.section.files or 'all data files'}.")
    journal = work.state / "hub.json"
    done: dict[str, Any] = read_json(journal) if journal.is_file() else {}
    for file in chosen:
        taken = sum(entry.get("rows", 0) for entry in done.values())
        if work.section.limit and taken >= work.section.limit:
            work.found.facts["stopped_by"] = "limit"
            break
        if file.path not in done:
            left = work.section.limit - taken if work.section.limit else 0
            done[file.path] = take_rows(work, file, left) if work.wants_rows else take(work, file)
            write_json(journal, done)
        tell(file.size / 1e6)
    for path, entry in done.items():
        for number in entry.get("malformed", []):
            work.found.refuse(f"{path}:{number}", "malformed")
    work.found.counts["files_read"] = len(done)
    if work.wants_rows:
        work.found.counts["rows"] = sum(entry["rows"] for entry in done.values())
    work.found.facts["origin"] = {
        path: {name: entry[name] for name in ("sha256", "bytes")} for path, entry in done.items()
    }


def list_files(work: Work) -> list[HubFile]:
    """The data set's files at the commit, sorted by path."""
    tree = HfApi(token=work.token).list_repo_tree(
        work.section.dataset,
        repo_type="dataset",
        revision=work.section.revision,
        recursive=True,
    )
    files = [
        HubFile(entry.path, entry.size, entry.lfs.sha256 if entry.lfs else "")
        for entry in tree
        if isinstance(entry, RepoFile)
    ]
    return sorted(files, key=lambda file: file.path)


def choose(files: list[HubFile], patterns: list[str], kinds: Sequence[str]) -> list[HubFile]:
    """Those that fit a pattern, or without patterns those of a kind. Never a script."""
    chosen = []
    for file in files:
        parts = PurePosixPath(file.path).parts
        if file.path.endswith(".py") or ".." in parts or any(p.startswith(".") for p in parts):
            continue
        if patterns:
            fits = any(fnmatch.fnmatchcase(file.path, pattern) for pattern in patterns)
        else:
            fits = file.kind in kinds and parts[-1].lower() != "readme.md"
        if fits:
            chosen.append(file)
    return chosen


def take(work: Work, file: HubFile) -> dict[str, Any]:
    """A file as it is; what a stopped download left is gone on from."""
    staging = work.state / "download"
    path = Path(
        hf_hub_download(
            work.section.dataset,
            file.path,
            repo_type="dataset",
            revision=work.section.revision,
            local_dir=staging,
            token=work.token,
        )
    )
    sha = sha256_file(path)
    if path.stat().st_size != file.size or (file.sha256 and sha != file.sha256):
        path.unlink()
        raise Unusable(f"{file.path} is not what the hub says it is (its SHA-256 differs).")
    target = work.files / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    return {"sha256": sha, "bytes": file.size}


def take_rows(work: Work, file: HubFile, limit: int) -> dict[str, Any]:
    """A file's rows as parts of JSON Lines; at most `limit`, 0 for all."""
    if file.kind not in (*_ROWS, ".txt"):
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


def main(task_file: str) -> None:
    """Collect as the task says and leave what was found, or why nothing was."""
    task = begin_child(task_file)
    section = HubSource.model_validate(task["section"])
    token: str | bool = os.environ.get("HF_TOKEN") or False
    found = Findings()
    work = Work(section, Path(task["files"]), Path(task["state"]), token, found)
    try:
        collect(work)
        remove_tree(work.state / "download")
        leave(task, found)
    except Unusable as error:
        leave(task, found, str(error))
    except GatedRepoError:
        leave(task, found, f"{section.dataset} asks for an agreement on its page and HF_TOKEN.")
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        asked = f"{section.dataset} at {section.revision}"
        unknown = f"there is no data set {asked}, or it is private and HF_TOKEN does not open it."
        leave(task, found, unknown if status in (401, 403, 404) else f"{asked}: error {status}.")
    except OSError as error:
        network = f"the hub cannot be reached or read ({type(error).__name__})."
        leave(task, found, DISK_FULL if disk_is_full(error) else network)


if __name__ == "__main__":
    main(sys.argv[1])
