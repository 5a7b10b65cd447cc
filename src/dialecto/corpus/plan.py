"""Which files a corpus is made of, and how they are handed out to the workers.

The plan depends on names and sizes only, never on the number of workers, so that the same
corpus is always cut into the same chunks and a killed run goes on at the chunk.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialecto.recipe import Source

CHUNK_BYTES = 4_000_000
CHUNK_FILES = 200


@dataclass(frozen=True)
class InputFile:
    """A file of a source. ``path`` is relative to the source, with forward slashes."""

    source: str
    path: str
    location: str
    bytes: int


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


def source_names(sources: Sequence[Source]) -> list[str]:
    """One distinct name for each source: its own, or its folder's."""
    names: list[str] = []
    for source in sources:
        wanted = source.name or Path(source.path).name or "source"
        name, number = wanted, 2
        while name in names:
            name, number = f"{wanted}-{number}", number + 1
        names.append(name)
    return names


def list_files(sources: Sequence[Source], root: Path, kind: str) -> list[InputFile]:
    """The files of all sources of one kind, by source and then by path."""
    found: list[InputFile] = []
    for name, source in zip(source_names(sources), sources, strict=True):
        if source.kind == kind:
            found += _files_of(name, (root / source.path).resolve(), source.exclude)
    return found


def _files_of(name: str, folder: Path, exclude: Sequence[str]) -> list[InputFile]:
    if folder.is_file():
        return [InputFile(name, folder.name, str(folder), folder.stat().st_size)]
    files = [
        InputFile(name, path, str(folder / path), (folder / path).stat().st_size)
        for path in _walk(folder)
        if not _excluded(path, exclude)
    ]
    return sorted(files, key=lambda file: file.path)


def _walk(folder: Path) -> Iterator[str]:
    """Relative paths of regular files; hidden ones (.git, .DS_Store) are not documents."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent) / name
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(folder).as_posix()


def _excluded(path: str, patterns: Sequence[str]) -> bool:
    """`drafts/**`, `*.tmp` or `drafts/` leave out what they name, as in .gitignore."""
    parts = path.split("/")
    for pattern in patterns:
        pattern = pattern.removeprefix("./")
        if pattern.endswith("/"):
            pattern += "*"
        plain = pattern.replace("**/", "*").replace("**", "*")
        if fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, plain):
            return True
        if "/" not in pattern and any(fnmatch.fnmatchcase(part, pattern) for part in parts):
            return True
    return False


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
