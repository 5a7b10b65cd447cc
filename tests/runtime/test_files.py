"""Files are whole or absent; folders are walked the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dialecto.runtime.environment import PRIVATE
from dialecto.runtime.files import (
    canonical_json,
    files_below,
    remove_temporaries,
    write_bytes,
    write_json,
)
from dialecto.runtime.walk import excluded, walk


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "file"
    write_bytes(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        write_bytes(path, b"new")
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_what_a_kill_left_is_swept(tmp_path: Path) -> None:
    for name in (".a.json.12.34.tmp", "a.tmp", ".hidden", "a.12.34.tmp"):
        (tmp_path / name).write_bytes(b"")
    remove_temporaries(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".hidden", "a.12.34.tmp", "a.tmp"]


def test_the_same_value_is_the_same_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "a", {"b": 1, "a": "ñ"})
    write_json(tmp_path / "b", {"a": "ñ", "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert canonical_json({"b": [1], "a": None}) == b'{"a":null,"b":[1]}'


@pytest.mark.parametrize(
    ("pattern", "path", "out"),
    [
        ("*.tmp", "a/b/c.tmp", True),
        ("drafts/**", "drafts/a/b.md", True),
        ("drafts/", "drafts/b.md", True),
        ("drafts", "x/drafts/b.md", True),
        ("drafts/**", "x/drafts/b.md", False),
        ("**/old/*.md", "a/old/b.md", True),
        ("./a.md", "a.md", True),
        ("a.md", "ba.md", False),
    ],
)
def test_patterns_leave_out_what_they_name(pattern: str, path: str, out: bool) -> None:
    assert excluded(path, [pattern]) is out


def test_walking_leaves_out_hidden_files_and_what_projects_make(tmp_path: Path) -> None:
    for name in ("b.md", "a/x.md", ".git/config", "p/dialecto.yaml", "p/artifacts/c/m.json",
                 "p/doc.md", "artifacts/real.md", ".hidden.md"):  # fmt: skip
        write_bytes(tmp_path / name, b"x")
    assert list(walk(tmp_path)) == ["a/x.md", "artifacts/real.md", "b.md", "p/doc.md"]
    assert len(list(files_below(tmp_path))) == 8


def test_importing_the_lowest_room_turns_telemetry_off() -> None:
    """Whatever stage is imported first, as a library too; the user's own choice stays."""
    code = "import dialecto.corpus, os, json; print(json.dumps(dict(os.environ)))"
    clean = {k: v for k, v in os.environ.items() if k not in PRIVATE}
    output = subprocess.run(
        [sys.executable, "-c", code], env={**clean, "HF_HUB_OFFLINE": "0"}, capture_output=True
    )
    seen = json.loads(output.stdout)
    assert seen.pop("HF_HUB_OFFLINE") == "0"
    assert {k: seen[k] for k in PRIVATE if k in seen} == {
        k: v for k, v in PRIVATE.items() if k != "HF_HUB_OFFLINE"
    }
