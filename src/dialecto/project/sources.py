"""The content of the recipe's input files, hashed once and remembered by what stat says."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.runtime.files import sha256_file, write_bytes
from dialecto.runtime.walk import walk

# A file changed twice within the file system's clock tick looks the same to stat, so a hash
# taken this soon (ns) after the change is not remembered.
SETTLED = 2_000_000_000


@dataclass(frozen=True)
class InputPath:
    """A file or folder that a stage reads, and the patterns it leaves out."""

    path: Path
    exclude: Sequence[str] = ()


def fingerprint(inputs: Sequence[InputPath], cache: Path) -> dict[str, str]:
    """SHA-256 of each input: a file's bytes, or a folder's names and bytes.

    `cache` remembers hashes by size, times and inode, so that looking at an unchanged corpus
    costs one stat per file. A file that cannot be read counts as such: the stage that reads
    it says so.
    """
    known = _read_cache(cache)
    fresh: dict[str, list[Any]] = {}
    digests: dict[str, str] = {}
    for item in inputs:
        digest = hashlib.sha256()
        for relative in _files(item):
            file = item.path / relative if item.path.is_dir() else item.path
            digest.update(
                os.fsencode(relative) + b"\0" + _hash(file, known, fresh).encode() + b"\n"
            )
        key = str(item.path)
        while key in digests:  # one folder as two sources: documents and conversations
            key += "'"
        digests[key] = digest.hexdigest()
    if fresh != known:
        with suppress(OSError):  # a project on a read-only disk can still be looked at
            write_bytes(cache, json.dumps(fresh).encode())
    return digests


def file_hashes(item: InputPath, cache: Path) -> dict[str, str]:
    """SHA-256 of each file by its path, with what `fingerprint` remembers; changes no cache."""
    known, fresh = _read_cache(cache), dict[str, list[Any]]()
    folder = item.path.is_dir()
    return {
        os.fsencode(name).decode("utf-8", "replace"): _hash(
            item.path / name if folder else item.path, known, fresh
        )
        for name in (_files(item) if item.path.exists() else [])
    }


def _files(item: InputPath) -> list[str]:
    return [item.path.name] if item.path.is_file() else list(walk(item.path, item.exclude))


def _hash(file: Path, known: dict[str, list[Any]], fresh: dict[str, list[Any]]) -> str:
    try:
        stat = file.stat()
        key = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        entry = known.get(str(file))
        sha = str(entry[4]) if entry and entry[:4] == key else sha256_file(file)
    except OSError as error:
        return f"unreadable: {error.errno}"
    if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > SETTLED:
        fresh[str(file)] = [*key, sha]
    return sha


def _read_cache(cache: Path) -> dict[str, list[Any]]:
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
