"""Previews change nothing and say what a run then does; documents explained; corpora compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialecto.cli import main
from dialecto.corpus.views.artefact import Filter, find_rows, sample, search
from dialecto.corpus.views.settings import with_settings
from dialecto.corpus.views.why import explain_reason, explain_rule
from dialecto.project import Project
from dialecto.project.corpora import _with_source_text, corpus_folder
from dialecto.recipe import CorpusSection
from dialecto.recipe.quality import QUALITY_RULES
from dialecto.reporting.texts import Words, catalogue
from dialecto.runtime import BadUsage
from tests.corpus.test_stage import prose

RECIPE = """name: prueba
lang: {lang}
sources:
  - {{path: docs, name: notas}}
corpus: {{workers: 1}}
"""
PERSON = "Escriba a Ana Gil Sanz, ana.gil@ejemplo.es, DNI 12345678Z. "


def write_documents(root: Path) -> None:
    docs = root / "docs"
    docs.mkdir(parents=True)
    for number in range(24):
        (docs / f"nota{number:02d}.txt").write_text(prose(number), encoding="utf-8")
    (docs / "spam.txt").write_text(PERSON + "Compre hoy aquí. " * 60, encoding="utf-8")
    (docs / "casi.txt").write_text(prose(4) + " Añadido al final.", encoding="utf-8")
    (docs / "a-persona.txt").write_text(PERSON + prose(70), encoding="utf-8")
    (docs / "rota.pdf").write_bytes(b"%PDF-1.4\n1 0 obj")
    (docs / "corta.txt").write_text("Hola, Ana.", encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two corpora: the second without a note, with another and another rule."""
    root = tmp_path_factory.mktemp("views") / "p"
    write_documents(root)
    recipe = root / "dialecto.yaml"
    recipe.write_text(RECIPE.format(lang="es"), encoding="utf-8")
    Project.open(root).run("corpus")
    (root / "docs" / "nota00.txt").unlink()
    (root / "docs" / "nota01.txt").write_text(prose(90), encoding="utf-8")
    (root / "docs" / "otra.txt").write_text(prose(91), encoding="utf-8")
    text = RECIPE.format(lang="es").replace("workers: 1", "workers: 1, minimum_characters: 5")
    recipe.write_text(text, encoding="utf-8")
    Project.open(root).run("corpus")
    return root


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main.run_command([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def files_below(root: Path) -> dict[str, tuple[int, int]]:
    return {
        path.as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_preview_of_quality_from_what_was_measured(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(project)
    words = ["corpus", "preview", "--step", "quality", "--project", str(project)]
    code, found = call(capsys, *words)
    assert code == 0
    assert (found["removed"], found["removed_now"], found["newly_removed"]) == (1, 1, 0)
    assert found["percentiles"]["quality.words"].keys() >= {"p1", "p50", "p99"}
    assert "Ana Gil" not in json.dumps(found)
    code, found = call(capsys, *words, "--threshold", "words_min=500", "--threshold", "0.1")
    assert found["newly_removed"] == found["documents"] - 1
    assert found["examples"][0]["detail"].endswith("< 500")
    assert found["examples"][0]["before"]
    code, found = call(capsys, *words, "--threshold", "top_9_gram=1")
    assert code == 2
    code, found = call(
        capsys, "corpus", "preview", "--step", "decontaminate", "--project", str(project)
    )
    assert code == 2
    assert "names no evaluation file" in found["error"]
    assert main.run_command(words) == 0
    assert "calidad: se irían 1 de " in capsys.readouterr().out
    assert files_below(project) == before


def test_a_preview_from_the_sources_says_what_a_run_does(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(project)
    words = ["corpus", "preview", "--project", str(project), "--step"]
    _, fresh = call(capsys, *words, "quality", "--fresh")
    assert fresh["reasons"] == {"removed: quality": 1}
    assert fresh["files"] == fresh["files_in_sources"] == 29
    assert fresh["examples"][0]["path"] == "spam.txt"
    assert "[NAME]" in fresh["examples"][0]["before"]
    assert fresh["quality"]["failed"] == 1
    _, copies = call(capsys, *words, "dedup", "--threshold", "0.9")
    assert copies["reasons"] == {"removed: near_duplicate": 1}
    assert "quality" not in copies
    _, read = call(capsys, *words, "read")
    assert read["reasons"] == {"quarantined: malformed": 1}
    _, private = call(capsys, *words, "pii", "--limit", "29")
    example = next(e for e in private["examples"] if e["path"] == "a-persona.txt")
    assert "[NAME]" in example["before"]
    assert "Ana Gil" not in json.dumps(private)
    assert "[NAME]" not in example["after"]
    _, short = call(capsys, *words, "length", "--threshold", "100000", "--limit", "5")
    assert short["reasons"]["removed: too_short"] == short["documents"] <= 5
    assert short["files"] == 5
    code, wrong = call(capsys, *words, "nothing")
    assert code == 2
    assert "the steps are read, boilerplate" in wrong["error"]
    assert files_below(project) == before


def test_settings_to_try() -> None:
    section = CorpusSection.model_validate({"quality": {"enabled": False}})
    tried = with_settings(section, "quality", ["c4.sentences=3", "0.4", "harm.policy=flag"])
    assert tried.quality.enabled
    assert tried.quality.thresholds == {"c4.sentences": 3, "score": 0.4}
    assert tried.harm.policy == "flag"
    for step, word in (("harm", "3"), ("quality", "nada.x=1"), ("quality", "dedup.x=1")):
        with pytest.raises(BadUsage):
            with_settings(section, step, [word])
    with pytest.raises(BadUsage, match=r"dedup\.threshold"):
        with_settings(section, "duplicates", ["7"])


def test_documents_sampled_filtered_and_searched(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = corpus_folder(project)
    rows = sample(folder, Filter(outcome="kept"), 4, seed=1)
    assert len(rows) == 4
    assert all(row["text"] for row in rows)
    assert rows == sample(folder, Filter(outcome="kept"), 4, seed=1)
    assert rows != sample(folder, Filter(outcome="kept"), 4, seed=2)
    [spam] = sample(folder, Filter(reason="quality", source="notas"), 4, seed=1)
    assert (spam["path"], spam["outcome"]) == ("spam.txt", "removed")
    assert "[NAME]" in spam["text"]
    found = search(folder, Filter(), "COOPERATIVA", regex=False, count=3)
    assert len(found) == 3
    assert all("cooperativa" in row["text"].lower() for row in found)
    assert [r["path"] for r in search(folder, Filter(), r"^otr.\.txt$", regex=True, count=9)] == [
        "otra.txt"
    ]
    assert search(folder, Filter(), "ana.gil@ejemplo.es", regex=False, count=9) == []
    with pytest.raises(BadUsage, match="no regular expression"):
        search(folder, Filter(), "(", regex=True, count=1)
    code, wrong = call(capsys, "corpus", "inspect", "--project", str(project), "--source", "nada")
    assert code == 2
    assert "there are notas" in wrong["error"]
    _, shown = call(
        capsys, "corpus", "inspect", "--project", str(project), "--reason", "near_duplicate"
    )
    assert [row["path"] for row in shown["documents"]] == ["nota04.txt"]


def test_why(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["corpus", "--project", str(project), "inspect", "--why"]
    _, found = call(capsys, *words, "nota04.txt")
    [copy] = found["documents"]
    assert copy["kept_instead"]["path"] == "casi.txt"
    assert copy["kept_instead"]["similarity"] > 0.8
    assert "notas/casi.txt" in copy["answer"]
    assert "comparten el" in copy["answer"]
    _, found = call(capsys, *words, copy["id"])
    assert found["documents"][0]["path"] == "nota04.txt"
    assert main.run_command([*words, "notas/spam.txt"]) == 0
    told = capsys.readouterr().out
    assert "Se retiró: parte del texto que ocupa su secuencia de" in told
    assert "FineWeb-2 para el español" in told
    assert "Ana Gil" not in told
    _, found = call(capsys, *words, "a-persona.txt")
    steps = {step["step"]: step["text"] for step in found["documents"][0]["steps"]}
    assert set(steps) >= {"language", "quality", "pii", "split"}
    _, found = call(capsys, *words, "rota.pdf")
    assert "cuarentena" in found["documents"][0]["answer"]
    code, found = call(capsys, *words, "no-hay.txt")
    assert code == 2


def test_of_what_was_not_kept_the_source_is_shown_masked(project: Path) -> None:
    """Also where `removed.json` has no room for one more example."""
    opened = Project.open(project)
    row = {"source": "notas", "path": "spam.txt", "text": ""}
    shown = _with_source_text(opened, row)["text"]
    assert shown.startswith("Escriba a [NAME], [EMAIL]")
    assert "Compre hoy" in shown
    assert _with_source_text(opened, {**row, "path": "gone.txt"})["text"] == ""


def test_a_name_finds_the_nearest_rows(project: Path) -> None:
    folder = corpus_folder(project)
    assert [row["path"] for row in find_rows(folder, "docs/nota02.txt")] == ["nota02.txt"]
    assert len(find_rows(folder, "nota0")) == 9
    assert len(find_rows(folder, "nota", most=3)) == 3


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_rule_and_reason_has_its_words(lang: str) -> None:
    t = Words(lang)
    for family, names in QUALITY_RULES.items():
        for name in names:
            assert f"rule.{name}" in catalogue(lang)
            told = explain_rule(f"{family}.{name} 0.3 > 0.2", t)
            assert "0.3 > 0.2" in told
            assert t(f"family.{family}") in told
    assert t("lang.fr") in explain_reason("language", "fr", t)
    assert explain_reason("new_reason", "x", t) == "new reason (x)"
    assert explain_reason("near_duplicate", "abc", t) == f"{t('reason.near_duplicate')} (abc)"


def test_the_difference_between_two_corpora(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = call(capsys, "corpus", "diff", "--project", str(project))
    assert found["documents"] == {"a": 29, "b": 29}
    assert (found["added"], found["gone"], found["source_changed"]) == (1, 1, 1)
    assert found["by_reason"] == {
        "absent -> kept": 1,
        "kept -> absent": 1,
        "removed: too_short -> kept": 1,
    }
    assert found["by_source"]["notas"]["added"] == 1
    assert [row["path"] for row in found["examples"]["added"]] == ["otra.txt"]
    assert [row["path"] for row in found["examples"]["outcome_changed"]] == ["corta.txt"]
    assert "nota01.txt" in [row["path"] for row in found["examples"]["text_changed"]]
    digest = corpus_folder(project).name
    _, same = call(capsys, "corpus", "diff", digest[:6], str(project), "--project", str(project))
    assert same["same"]
    assert main.run_command(["corpus", "diff", "--project", str(project)]) == 0
    assert "retirado: demasiado corto -> se queda" in capsys.readouterr().out
    code, wrong = call(capsys, "corpus", "diff", "zzz", "--project", str(project))
    assert code == 2
    assert digest in wrong["error"]


def test_the_stage_still_runs_without_a_command(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = call(capsys, "corpus", "--project", str(project))
    assert code == 0
    assert found["stages"]["corpus"]["ran"] is False
