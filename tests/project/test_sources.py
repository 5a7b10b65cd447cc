"""The digest of what a project reads follows the bytes, whatever stat says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialecto.project import sources
from dialecto.project.sources import InputPath, fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "sub").mkdir(parents=True)
    (docs / "a.txt").write_text("uno", encoding="utf-8")
    (docs / "sub" / "b ñ.txt").write_text("dos", encoding="utf-8")
    return docs


def only(folder: Path, cache: Path, *exclude: str) -> str:
    return fingerprint([InputPath(folder, exclude)], cache)[str(folder)]


def test_it_follows_names_bytes_and_exclusions(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    first = only(folder, cache)
    assert only(folder, cache) == first
    (folder / ".DS_Store").write_text("x", encoding="utf-8")
    assert only(folder, cache) == first
    (folder / "draft.tmp").write_text("x", encoding="utf-8")
    assert only(folder, cache, "*.tmp") == first
    assert only(folder, cache) != first
    (folder / "draft.tmp").unlink()
    (folder / "a.txt").rename(folder / "c.txt")
    assert only(folder, cache) != first


def test_a_change_that_keeps_size_and_time_is_seen(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    first, stat = only(folder, cache), (folder / "a.txt").stat()
    (folder / "a.txt").write_text("una", encoding="utf-8")
    os.utime(folder / "a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert only(folder, cache) != first


def test_settled_files_are_hashed_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache.json"
    monkeypatch.setattr(sources, "SETTLED", -1)  # as if they had been written long ago
    first = only(folder, cache)

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(sources, "sha256_file", refuse)
    assert only(folder, cache) == first


def test_a_broken_cache_and_odd_names_do_no_harm(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    first = only(folder, cache)
    cache.write_text("[1, 2", encoding="utf-8")
    assert only(folder, cache) == first
    (folder / os.fsdecode(b"latin-\xf1.txt")).write_bytes(b"tres")
    second = only(folder, cache)
    assert second != first
    assert only(folder, cache) == second


def test_one_folder_can_be_two_sources(folder: Path, tmp_path: Path) -> None:
    both = fingerprint([InputPath(folder, ("*.txt",)), InputPath(folder)], tmp_path / "cache.json")
    assert len(set(both.values())) == 2


def test_what_the_project_makes_is_not_its_source(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    (folder / "dialecto.yaml").write_text("name: x", encoding="utf-8")
    first = only(folder, cache)
    for name in ("artifacts/corpus/x/manifest.json", "reports/x.html", "ledger.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    assert only(folder, cache) == first
