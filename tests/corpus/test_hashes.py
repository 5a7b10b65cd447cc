"""Every file's hash is kept, whatever becomes of its documents; a file that changes is named."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dialecto.corpus import stage
from dialecto.runtime import DialectoError
from tests.corpus.conftest import Refine

TEXT = "El almacén cierra a las seis y la reunión del martes es por la mañana en la sede. "


def folder_of_files(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT * 2, encoding="utf-8")
    (folder / "a.txt.old").write_text(TEXT * 3, encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "records.jsonl").write_text(json.dumps({"text": TEXT * 4}) + "\n", encoding="utf-8")
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        archive.writestr("one.txt", TEXT * 5)
        archive.writestr("two.txt", TEXT * 6)
    return folder


def test_the_hash_of_each_file_is_in_the_artefact(tmp_path: Path, refine: Refine) -> None:
    folder = folder_of_files(tmp_path / "docs")
    work, _ = refine(folder)
    (kept,) = json.loads((work / "hashes.json").read_text(encoding="utf-8")).values()
    assert kept == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
    }


@pytest.mark.parametrize("policy", ["accept", "stop"])
def test_a_file_that_changes_while_the_run_goes_on(
    tmp_path: Path, refine: Refine, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    folder = folder_of_files(tmp_path / "docs")
    settle = stage.settle_globally

    def tampered(work: Any) -> None:
        (folder / "a.txt").write_text(TEXT * 9, encoding="utf-8")
        (folder / "empty.txt").touch()  # the stamp alone is no change
        settle(work)

    monkeypatch.setattr(stage, "settle_globally", tampered)
    if policy == "stop":
        with pytest.raises(DialectoError, match=r"source: a\.txt\)"):
            refine(folder, changed="stop")
        return
    work, _ = refine(folder)
    (kept,) = json.loads((work / "hashes.json").read_text(encoding="utf-8")).values()
    assert kept["a.txt"] == hashlib.sha256((TEXT * 2).encode()).hexdigest()
