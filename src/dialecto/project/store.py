"""Artefacts on disk: immutable folders addressed by digest, renamed into place when whole.

artifacts/<stage>/<digest>/            finished; manifest.json inside
artifacts/<stage>/.work-<digest>/      being made, or what a killed run left to go on from
artifacts/<stage>/current              link to the digest in use
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.runtime.files import (
    files_below,
    read_json,
    remove_tree,
    sha256_file,
    sync_tree,
    write_json,
    write_text,
)

MANIFEST = "manifest.json"
DIGEST_LENGTH = 16  # hexadecimal digits of SHA-256 in a folder's name


@dataclass(frozen=True)
class Store:
    """The artefacts of one project."""

    root: Path

    def folder(self, stage: str, digest: str) -> Path:
        return self.root / stage / digest

    def work(self, stage: str, digest: str) -> Path:
        return self.root / stage / f".work-{digest}"

    def has(self, stage: str, digest: str) -> bool:
        return (self.folder(stage, digest) / MANIFEST).is_file()

    def manifest(self, stage: str, digest: str) -> dict[str, Any]:
        manifest: dict[str, Any] = read_json(self.folder(stage, digest) / MANIFEST)
        return manifest

    def current(self, stage: str) -> str | None:
        """The digest in use, or None when there is none or its folder is gone."""
        pointer = self.root / stage / "current"
        if pointer.is_symlink():
            digest = pointer.readlink().name
        elif pointer.is_file():
            digest = pointer.read_text(encoding="utf-8").strip()
        else:
            return None
        return digest if self.has(stage, digest) else None

    def commit(self, stage: str, digest: str, manifest: dict[str, Any]) -> Path:
        """Turn the work folder into the artefact. All or nothing."""
        work = self.work(stage, digest)
        files = {
            path.relative_to(work).as_posix(): sha256_file(path)
            for path in files_below(work)
            if path.name != MANIFEST or path.parent != work
        }
        write_json(work / MANIFEST, {**manifest, "files": files})
        sync_tree(work)
        target = self.folder(stage, digest)
        remove_tree(target)  # only ever a folder without a manifest
        work.rename(target)
        return target

    def point(self, stage: str, digest: str) -> None:
        """Make this digest the one in use."""
        if self.current(stage) == digest:
            return
        pointer = self.root / stage / "current"
        temporary = pointer.with_name(f".current.{os.getpid()}")
        try:
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(digest, target_is_directory=True)
            temporary.replace(pointer)
        except OSError:  # Windows without the right to make links
            write_text(pointer, digest + "\n")

    def verify(self, stage: str, digest: str) -> list[str]:
        """Names of files that are not what the manifest says."""
        folder = self.folder(stage, digest)
        return [
            name
            for name, sha in self.manifest(stage, digest)["files"].items()
            if not (folder / name).is_file() or sha256_file(folder / name) != sha
        ]
