"""Which files a corpus is made of, and how they are handed out to the workers.

The plan depends on names and sizes only, never on the number of workers, so that the same
corpus is always cut into the same chunks and a killed run goes on at the chunk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dialecto.collect.snapshot import collected_files
from dialecto.recipe import Source, source_names
from dialecto.runtime import DialectoError
from dialecto.runtime.walk import walk

CHUNK_BYTES = 4_000_000
CHUNK_FILES = 200


@dataclass(frozen=True)
class InputFile:
    """A file of a source. ``path`` is relative to the source, with forward slashes.

    ``exclude`` are the source's patterns, which also hold for the members of an archive.
    """

    source: str
    path: str
    location: str
    bytes: int
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """Files that one worker reads in one go."""

    number: int
    files: tuple[InputFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def name(self) -> str:
        return f"{self.number:06d}"


def list_files(
    sources: Sequence[Source], root: Path, kind: str, collected: Path | None = None
) -> list[InputFile]:
    """The files of all sources of one kind, by source and then by path.

    `collected` is the collect stage's artefact, where remote sources have theirs.
    """
    found: list[InputFile] = []
    for name, source in zip(source_names(sources), sources, strict=True):
        if source.kind != kind:
            continue
        if source.remote:
            if collected is None:
                raise DialectoError(f"source '{name}' has to be collected first.")
            folder = collected_files(collected, name)
        else:
            folder = (root / source.path).resolve()
        found += _files_of(name, folder, source.exclude)
    return found


def _files_of(name: str, folder: Path, exclude: Sequence[str]) -> list[InputFile]:
    if folder.is_file():
        return [InputFile(name, folder.name, str(folder), folder.stat().st_size, tuple(exclude))]
    return [
        InputFile(name, path, str(folder / path), (folder / path).stat().st_size, tuple(exclude))
        for path in walk(folder, exclude)
    ]


def cut_into_chunks(files: Sequence[InputFile]) -> list[Chunk]:
    """Chunks of about 4 MB or 200 files; a larger file is a chunk of its own."""
    chunks: list[Chunk] = []
    pending: list[InputFile] = []
    size = 0
    for file in files:
        if pending and (size + file.bytes > CHUNK_BYTES or len(pending) >= CHUNK_FILES):
            chunks.append(Chunk(len(chunks), tuple(pending)))
            pending, size = [], 0
        pending.append(file)
        size += file.bytes
    if pending:
        chunks.append(Chunk(len(chunks), tuple(pending)))
    return chunks


def plan_digest(files: Sequence[InputFile], *settings: str) -> str:
    """Tells whether what a killed run left belongs to this run."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.source}\0{file.path}\0{file.bytes}\n".encode("utf-8", "replace"))
    for setting in settings:
        digest.update(setting.encode() + b"\0")
    return digest.hexdigest()
