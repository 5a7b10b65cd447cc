"""The content of the recipe's input files, hashed once and remembered by size and time."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from dialecto.runtime.files import sha256_file, write_json


def fingerprint(paths: list[Path], cache: Path) -> dict[str, str]:
    """SHA-256 of each path: a file's bytes, or a folder's names and bytes.

    `cache` remembers hashes by (path, size, modification time), so that looking at an
    unchanged corpus costs one stat per file.
    """
    try:
        known: dict[str, list[object]] = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    fresh: dict[str, list[object]] = {}
    digests = {}
    for path in paths:
        digest = hashlib.sha256()
        for file in _files(path):
            stat = file.stat()
            key = [stat.st_size, stat.st_mtime_ns]
            entry = known.get(str(file))
            sha = str(entry[2]) if entry and entry[:2] == key else sha256_file(file)
            fresh[str(file)] = [*key, sha]
            relative = file.relative_to(path).as_posix() if file != path else file.name
            digest.update(f"{relative}\0{sha}\n".encode())
        digests[str(path)] = digest.hexdigest()
    if fresh != known:
        write_json(cache, fresh)
    return digests


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = [Path(folder) / name for folder, _, names in os.walk(path) for name in names]
    return sorted(file for file in found if file.is_file())
