"""`dialecto new` finds out what its sources hold and leaves a recipe that is valid."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dialecto.project.scaffold import new_project
from dialecto.recipe import load_recipe
from dialecto.runtime import BadUsage


def shape(recipe_path: Path) -> list[tuple[str, str, list[str]]]:
    return [(s.path, s.kind, list(s.exclude)) for s in load_recipe(recipe_path).sources]


@pytest.fixture
def mixed(tmp_path: Path, conversation_line: str) -> Path:
    """Documents and conversations in one folder with an awkward name."""
    folder = tmp_path / "mis datos: ñ"
    for name in ("a.md", "notas/b.txt", "notas/[1].txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Un documento.", encoding="utf-8")
    for name in ("charlas/2024/x.jsonl", "charlas/y.jsonl", "notas/[z].jsonl"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(conversation_line, encoding="utf-8")
    (folder / "filas.jsonl").write_text('{"text": "Una fila."}\n', encoding="utf-8")
    return folder


def test_a_folder_with_both_becomes_both_kinds(tmp_path: Path, mixed: Path) -> None:
    made = new_project(tmp_path / "p", [mixed])
    assert made.recipe.objective == "chat"
    assert made.recipe.tunes
    assert made.recipe.name == "p"
    assert shape(made.recipe_path) == [
        ("../mis datos: ñ", "documents", ["charlas/**", "notas/[[]z].jsonl"]),
        ("../mis datos: ñ/charlas", "conversations", []),
        ("../mis datos: ñ/notas/[z].jsonl", "conversations", []),
    ]


def test_only_documents_means_text(tmp_path: Path, mixed: Path) -> None:
    made = new_project(tmp_path / "p", [mixed / "a.md", mixed / "filas.jsonl"])
    assert made.recipe.objective == "text"
    assert [kind for _, kind, _ in shape(made.recipe_path)] == ["documents", "documents"]
    asked = new_project(tmp_path / "q", [mixed / "a.md"], objective="chat")
    assert asked.notes == ("no_conversations",)
    assert not asked.recipe.tunes


def test_only_conversations_are_also_read(tmp_path: Path, mixed: Path) -> None:
    made = new_project(tmp_path / "p", [mixed / "charlas"])
    assert [kind for _, kind, _ in shape(made.recipe_path)] == ["documents", "conversations"]
    assert made.notes == ("no_documents",)


def test_without_sources_there_is_a_folder_to_fill(tmp_path: Path) -> None:
    made = new_project(tmp_path / "p", [], name='Juan\'s: "x" #1', lang="en")
    assert made.notes == ("empty_source",)
    assert (tmp_path / "p" / "documents").is_dir()
    assert load_recipe(made.recipe_path).name == 'Juan\'s: "x" #1'


def test_the_project_may_lie_in_its_own_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("Un documento.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    made = new_project(Path(), [Path()])
    assert shape(made.recipe_path) == [(".", "documents", [])]


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_link_to_the_project_folder(tmp_path: Path, mixed: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    made = new_project(tmp_path / "link" / "p", [mixed / "a.md"])
    assert shape(made.recipe_path)[0][0] == "../../../mis datos: ñ/a.md"


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"objective": "poem"}, "chat, text"),
        ({"lang": "fr"}, "es, en"),
        ({"budget": "soon"}, "write time like"),
        ({"name": " "}, "--name"),
        ({"name": "a\nb"}, "--name"),
        ({"questions": Path("none.jsonl")}, "does not exist"),
    ],
)
def test_values_that_cannot_be_used(
    tmp_path: Path, mixed: Path, how: dict[str, str], says: str
) -> None:
    with pytest.raises(BadUsage, match=says):
        new_project(tmp_path / "p", [mixed], **how)  # type: ignore[arg-type]
    assert not (tmp_path / "p").exists()


def test_nothing_is_overwritten_or_invented(tmp_path: Path, mixed: Path) -> None:
    new_project(tmp_path / "p", [mixed])
    before = (tmp_path / "p" / "dialecto.yaml").read_bytes()
    with pytest.raises(BadUsage, match="is there already"):
        new_project(tmp_path / "p", [mixed])
    assert (tmp_path / "p" / "dialecto.yaml").read_bytes() == before
    with pytest.raises(BadUsage, match="does not exist"):
        new_project(tmp_path / "q", [tmp_path / "nada"])
    with pytest.raises(BadUsage, match="is a file"):
        new_project(mixed / "a.md", [mixed])


def test_a_line_nested_too_deep_is_no_conversation(tmp_path: Path) -> None:
    (tmp_path / "hondo.jsonl").write_text("[" * 100_000)
    made = new_project(tmp_path / "p", [tmp_path / "hondo.jsonl"])
    assert shape(made.recipe_path) == [("../hondo.jsonl", "documents", [])]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_no_recipe_can_say(tmp_path: Path, conversation_line: str) -> None:
    folder = tmp_path / "datos"
    folder.mkdir()
    (folder / "a.txt").write_text("Un documento.", encoding="utf-8")
    (folder / os.fsdecode(b"charla\xf1.jsonl")).write_text(conversation_line, encoding="utf-8")
    with pytest.raises(BadUsage, match="not UTF-8"):
        new_project(tmp_path / "p", [folder])
    assert not (tmp_path / "p").exists()


def test_the_truth_of_a_sample_is_not_read(tmp_path: Path) -> None:
    from dialecto.sample import write_sample

    write_sample(tmp_path / "s", lang="es", documents=20, seed=1, workers=1)
    made = new_project(tmp_path / "p", [tmp_path / "s"])
    assert shape(made.recipe_path) == [
        ("../s/documents", "documents", []),
        ("../s/conversations", "conversations", []),
    ]
    assert made.recipe.evaluate.questions == "../s/questions/held_out.jsonl"


def test_a_site_is_a_source(tmp_path: Path) -> None:
    made = new_project(tmp_path / "p", [], web=["https://www.ejemplo.es/guía?a=1,2"])
    assert [s.web.start for s in made.recipe.sources if s.web] == [
        ["https://www.ejemplo.es/guía?a=1,2"]
    ]
    assert made.notes == ()
    assert not (tmp_path / "p" / "documents").exists()
    with pytest.raises(BadUsage, match="http:// or https://"):
        new_project(tmp_path / "q", [], web=["ejemplo.es"])
