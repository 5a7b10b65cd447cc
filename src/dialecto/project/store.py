"""Artefacts on disk: immutable folders addressed by digest, renamed into place when whole.

artifacts/<stage>/<digest>/            finished; manifest.json inside
artifacts/<stage>/.work-<digest>/      being made, or what a killed run left to go on from
artifacts/<stage>/.old-<digest>/       an artefact while the one made again takes its place
artifacts/<stage>/current              link to the digest in use
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.runtime.files import (
    canonical_json,
    files_below,
    read_json,
    remove_temporaries,
    remove_tree,
    sha256_file,
    sync_folder,
    sync_tree,
    write_json,
    write_text,
)

MANIFEST = "manifest.json"
BEGUN = ".begun.json"  # in a work folder only: the contents of the inputs it was begun with
DIGEST_LENGTH = 16  # hexadecimal digits of SHA-256 in a folder's name


@dataclass(frozen=True)
class Store:
    """The artefacts of one project."""

    root: Path

    def folder(self, stage: str, digest: str) -> Path:
        return self.root / stage / digest

    def work(self, stage: str, digest: str) -> Path:
        return self.root / stage / f".work-{digest}"

    def _old(self, stage: str, digest: str) -> Path:
        return self.root / stage / f".old-{digest}"

    def has(self, stage: str, digest: str) -> bool:
        """Whether the artefact is there with all its files, each of its size."""
        folder = self.folder(stage, digest)
        try:
            sizes: dict[str, int] = self.manifest(stage, digest).get("sizes", {})
            return all((folder / name).stat().st_size == size for name, size in sizes.items())
        except (OSError, ValueError, AttributeError):
            return False

    def manifest(self, stage: str, digest: str) -> dict[str, Any]:
        manifest: dict[str, Any] = read_json(self.folder(stage, digest) / MANIFEST)
        return manifest

    def content(self, stage: str, digest: str) -> str:
        """SHA-256 over the files' names and hashes: what the artefact holds, not its address.

        A stage that trains for a time makes other bytes each time under one digest.
        """
        files = self.manifest(stage, digest)["files"]
        return hashlib.sha256(canonical_json(files)).hexdigest()

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

    def begin(self, stage: str, digest: str, inputs: Mapping[str, str]) -> Path:
        """The work folder, with what a killed run left in it if that had the same `inputs`.

        `inputs` are contents (:meth:`content`): a model half trained on one vocabulary must
        not go on with another that has the same address.
        """
        work = self.work(stage, digest)
        if work.is_dir() and self._begun(work) != dict(inputs):
            remove_tree(work)
        work.mkdir(parents=True, exist_ok=True)
        write_json(work / BEGUN, dict(inputs))
        return work

    def seal(self, stage: str, digest: str, manifest: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest: from now on the work folder is whole. Returns the manifest.

        It is written last and every other file is on disk before it.
        """
        work = self.work(stage, digest)
        (work / MANIFEST).unlink(missing_ok=True)
        remove_temporaries(work)
        paths = {
            path.relative_to(work).as_posix(): path
            for path in files_below(work)
            if path != work / BEGUN
        }
        sync_tree(work)
        sealed = {
            **manifest,
            "files": {name: sha256_file(path) for name, path in paths.items()},
            "sizes": {name: path.stat().st_size for name, path in paths.items()},
        }
        write_json(work / MANIFEST, sealed)
        return sealed

    def sealed(self, stage: str, digest: str) -> dict[str, Any] | None:
        """The manifest of a work folder that a kill kept from being put in place."""
        try:
            manifest: dict[str, Any] = read_json(self.work(stage, digest) / MANIFEST)
            return manifest if manifest["digest"] == digest and manifest["files"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def place(self, stage: str, digest: str) -> Path:
        """Rename the sealed work folder to its address. The artefact that was there, if any,
        goes only when the new one stands."""
        work, target, old = (f(stage, digest) for f in (self.work, self.folder, self._old))
        (work / BEGUN).unlink(missing_ok=True)
        if target.exists():
            remove_tree(old)
            target.rename(old)
        work.rename(target)
        sync_folder(target.parent)
        remove_tree(old)
        return target

    def commit(self, stage: str, digest: str, manifest: dict[str, Any]) -> Path:
        """Seal and place. All or nothing."""
        self.seal(stage, digest, manifest)
        return self.place(stage, digest)

    def restore(self, stage: str, digest: str) -> None:
        """Bring back the artefact that a kill in the middle of :meth:`place` left aside."""
        target, old = self.folder(stage, digest), self._old(stage, digest)
        if old.is_dir() and not target.exists():
            old.rename(target)
        remove_tree(old)

    def _begun(self, work: Path) -> dict[str, str] | None:
        try:
            inputs: dict[str, str] = read_json(work / BEGUN)
            return inputs
        except (OSError, ValueError):
            return None

    def point(self, stage: str, digest: str) -> None:
        """Make this digest the one in use."""
        if self.current(stage) == digest:
            return
        pointer = self.root / stage / "current"
        temporary = pointer.with_name(".current.new")
        try:
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(digest, target_is_directory=True)
            temporary.replace(pointer)
        except OSError:  # Windows without the right to make links
            temporary.unlink(missing_ok=True)
            write_text(pointer, digest + "\n")

    def verify(self, stage: str, digest: str) -> list[str]:
        """Names of files that are missing, changed or added since the manifest was written."""
        folder = self.folder(stage, digest)
        expected: dict[str, str] = self.manifest(stage, digest)["files"]
        there = {path.relative_to(folder).as_posix() for path in files_below(folder)}
        changed = [
            name
            for name, sha in expected.items()
            if name not in there or sha256_file(folder / name) != sha
        ]
        return sorted({*changed, *(there - expected.keys() - {MANIFEST})})
