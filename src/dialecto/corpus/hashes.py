"""The hash of every input file as it was read, and which files changed while the run went on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.plan import InputFile
from dialecto.recipe import CorpusSection, Source, source_names
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import sha256_file, write_json

HASHES = "hashes.json"  # in the artefact: source -> path -> SHA-256
Stamp = tuple[int, ...]


@dataclass(frozen=True)
class Read:
    """Files in the order in which they were read, and the Parquet files with their rows."""

    files: tuple[InputFile, ...]
    rows: tuple[Path, ...]


def stamps(files: Sequence[InputFile]) -> dict[str, Stamp | None]:
    """What the file system says of each file, by location; None: it is gone."""
    return {file.location: _stamp(file.location) for file in files}


def _stamp(location: str) -> Stamp | None:
    try:
        found = Path(location).stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def write_hashes(
    work: Path, read: Sequence[Read], before: dict[str, Stamp | None]
) -> dict[str, list[str]]:
    """Writes `hashes.json`; returns, by source, the files that are not what was read any more.

    Only a file whose stamp has changed since `before` is hashed again.
    """
    hashes: dict[str, dict[str, str]] = {}
    changed: dict[str, list[str]] = {}
    for part in read:
        for file, sha in _read_hashes(part):
            hashes.setdefault(file.source, {})[_shown(file.path)] = sha
            if _stamp(file.location) != before.get(file.location) and _now(file) != sha:
                changed.setdefault(file.source, []).append(_shown(file.path))
    write_json(work / HASHES, {name: dict(sorted(of.items())) for name, of in hashes.items()})
    return changed


def note_changes(
    context: StageContext,
    sources: Sequence[Source],
    section: CorpusSection,
    changed: Mapping[str, Sequence[str]],
) -> None:
    """Says which files changed during the run. Raises DialectoError when the policy is to stop."""
    if not changed:
        return
    policies = dict(zip(source_names(sources), (source.changed for source in sources), strict=True))
    told = "; ".join(
        f"{name}: {', '.join(files[:10])}{', ...' if len(files) > 10 else ''}"
        for name, files in changed.items()
    )
    if any((policies.get(name) or section.changed) == "stop" for name in changed):
        raise DialectoError(
            f"files changed while they were read ({told}). Run again when nobody writes to them."
        )
    context.progress.note(f"warning: files changed while the corpus was made: {told}")
    context.record(
        "sources.changed_during_run", {name: list(files[:1000]) for name, files in changed.items()}
    )


def _now(file: InputFile) -> str:
    try:
        return sha256_file(Path(file.location))
    except OSError:
        return ""


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")


def _read_hashes(part: Read) -> Iterator[tuple[InputFile, str]]:
    """Each file with its hash. A file's rows follow one another and begin with its path."""
    known: dict[tuple[str, str], str] = {}
    at = 0
    for path in part.rows:
        for batch in _batches(path):
            for row in batch.to_pylist():
                while at < len(part.files) and not _belongs(row, part.files[at]):
                    at += 1
                if at == len(part.files):
                    break
                key = part.files[at].source, part.files[at].path
                known[key] = known.get(key) or row["sha256"]
    for file in part.files:
        # A file that ended its worker has no hash in its row.
        yield file, known.get((file.source, file.path)) or _now(file)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as opened:
        yield from opened.iter_batches(columns=["source", "path", "sha256"])


def _belongs(row: dict[str, str], file: InputFile) -> bool:
    path = _shown(file.path)
    return row["source"] == file.source and (
        row["path"] == path or (row["path"].startswith(path) and row["path"][len(path)] in ":/!")
    )
