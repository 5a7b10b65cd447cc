"""The demo's own arithmetic, and that it does only what is not done."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto import Project
from dialecto.project import demo
from dialecto.project.demo import DemoSettings
from dialecto.project.truth import score_corpus, score_duplicates
from dialecto.runtime import BadUsage, SilentProgress

SETTINGS = DemoSettings("es", 40, 3, "5s")


@pytest.mark.parametrize(
    ("fates", "recall", "false"),
    [
        ({"a": "kept", "b": "duplicate", "c": "duplicate", "x": "kept"}, 1.0, 0),
        ({"a": "duplicate", "b": "duplicate", "c": "kept", "x": "kept"}, 1.0, 0),
        ({"a": "kept", "b": "kept", "c": "duplicate", "x": "kept"}, 0.5, 0),
        ({"a": "duplicate", "b": "duplicate", "c": "duplicate", "x": "kept"}, 1.0, 1),
        ({"a": "kept", "b": "duplicate", "c": "removed", "x": "duplicate"}, 1.0, 1),
        ({"a": "kept", "b": "kept", "c": "kept", "x": "kept"}, 0.0, 0),
    ],
)
def test_of_each_group_of_copies_one_stays(
    fates: dict[str, str], recall: float, false: int
) -> None:
    scores = score_duplicates([("b", "a"), ("c", "b")], fates)
    assert scores["duplicates.recall"] == recall
    assert scores["duplicates.false"] == false


def test_the_corpus_of_the_sample_is_scored(trained_project: Project, sample: Path) -> None:
    scores = score_corpus(sample, trained_project.artefact("corpus"))
    assert scores["quarantine.recall"] == 1.0
    assert scores["quarantine.lost"] == 0
    assert scores["duplicates.planted"] > 0
    assert scores["duplicates.recall"] == 1.0
    assert scores["duplicates.false"] == 0


def prepare(root: Path, settings: DemoSettings = SETTINGS) -> list[str]:
    """What had to be made."""
    made: list[str] = []
    demo._prepare(root.resolve(), settings, SilentProgress(), made.append)
    return made


def test_sample_and_recipe_are_made_once(tmp_path: Path) -> None:
    assert prepare(tmp_path) == ["sample"]
    recipe = Project.open(tmp_path).recipe
    assert recipe.tunes
    assert recipe.evaluate.questions == "company/questions/held_out.jsonl"
    before = (tmp_path / "company" / "truth.jsonl").stat().st_ino
    assert prepare(tmp_path) == []
    assert (tmp_path / "company" / "truth.jsonl").stat().st_ino == before
    assert prepare(tmp_path, DemoSettings("es", 40, 3, "7s")) == []
    assert Project.open(tmp_path).recipe.budget == "7s"
    assert prepare(tmp_path, DemoSettings("en", 40, 3, "7s")) == ["sample"]
    assert Project.open(tmp_path).recipe.lang == "en"


def test_a_recipe_that_the_user_edited_stays(tmp_path: Path) -> None:
    prepare(tmp_path)
    path = tmp_path / "dialecto.yaml"
    path.write_text(path.read_text("utf-8").replace("5s", "9s"), encoding="utf-8")
    prepare(tmp_path, DemoSettings("es", 40, 3, "7s"))
    assert Project.open(tmp_path).recipe.budget == "9s"


def test_a_kill_while_the_recipe_was_written(tmp_path: Path) -> None:
    prepare(tmp_path)
    mark = tmp_path / ".cache" / "demo.json"
    mark.write_text(mark.read_text("utf-8").replace('"recipe": "', '"recipe": "", "x": "'), "utf-8")
    assert prepare(tmp_path) == []
    assert Project.open(tmp_path).recipe.budget == "5s"


def test_somebody_elses_project_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dialecto.yaml").write_text("name: mine", encoding="utf-8")
    with pytest.raises(BadUsage, match="recipe of yours"):
        prepare(tmp_path)
    assert (tmp_path / "dialecto.yaml").read_text("utf-8") == "name: mine"


def test_three_questions_and_their_answers(trained_project: Project) -> None:
    answers = demo._answers(trained_project)
    assert len(answers) == 3
    assert all(a.question and a.expected for a in answers)
