"""Sources that changed since the last corpus are named; `changed: stop` waits for a person."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dialecto.project import Project
from dialecto.runtime import DialectoError, SilentProgress

TEXT = "Acta {n}. El almacén {n} cierra a las seis y la reunión del martes es en la sede {n}. "


class Notes(SilentProgress):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


def project(folder: Path, **source: str) -> Project:
    documents = folder / "docs"
    documents.mkdir(parents=True)
    for n in range(6):
        (documents / f"{n}.txt").write_text(TEXT.format(n=f"{n} {n * n}") * 3, encoding="utf-8")
    recipe = {
        "name": "x",
        "objective": "text",
        "sources": [{"path": "docs", **source}],
        "corpus": {"workers": 1, "dedup": {"enabled": False}, "quality": {"enabled": False}},
    }
    (folder / "dialecto.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return Project.open(folder)


def tamper(folder: Path) -> None:
    (folder / "docs" / "1.txt").write_text("Otra cosa muy distinta de lo de antes. " * 4)
    (folder / "docs" / "9.txt").write_text("Un documento nuevo que antes no estaba aquí. " * 4)
    (folder / "docs" / "2.txt").unlink()


def test_changes_are_named_noted_and_accepted(tmp_path: Path) -> None:
    one = project(tmp_path / "p")
    first = Notes()
    one.run("corpus", progress=first)
    assert not [line for line in first.said if "since the last corpus" in line]
    tamper(one.root)
    second = Notes()
    one.run("corpus", progress=second)
    (warning,) = [line for line in second.said if "since the last corpus" in line]
    assert "1 changed (1.txt); 1 added (9.txt); 1 removed (2.txt)" in warning
    entry = one.ledger.last("sources.changed")
    assert entry is not None
    assert entry["sources"]["docs"]["changed"] == ["1.txt"]
    third = Notes()
    one.run("corpus", progress=third)
    assert not [line for line in third.said if "since the last corpus" in line]


def test_stop_refuses_until_somebody_accepts(tmp_path: Path) -> None:
    one = project(tmp_path / "p", changed="stop")
    one.run("corpus")
    before = one.store.current("corpus")
    tamper(one.root)
    with pytest.raises(DialectoError, match=r"1\.txt.*9\.txt.*2\.txt.*--accept-changes"):
        one.run("corpus")
    assert one.store.current("corpus") == before
    one.run("corpus", accept_changes=True)
    assert one.store.current("corpus") != before
    one.run("corpus")
