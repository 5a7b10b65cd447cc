"""Every mistake in a recipe is answered with its line, its meaning and the nearest name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialecto.recipe import Recipe, load_recipe, parse_seconds
from dialecto.runtime import RecipeError

GOOD = "name: x\nsources:\n  - path: docs\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    return tmp_path


def load(folder: Path, text: str) -> Recipe:
    path = folder / "dialecto.yaml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path)


def problems(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(RecipeError) as error:
        load(folder, text)
    return [(p.line, p.field, f"{p.message} {p.hint}") for p in error.value.problems]


TERMS = "    owner: HR\n    licence: contract\n    purpose: care\n    retention: 2099-12-31\n"


def test_strict_policy_asks_for_every_term_of_every_source(folder: Path) -> None:
    text = GOOD + TERMS + "  - path: docs\n    owner: yo\npolicy: strict\n"
    assert [(line, field) for line, field, _ in problems(folder, text)] == [
        (3, "sources.0.sensitivity"),
        *((8, f"sources.1.{name}") for name in ("licence", "purpose", "retention", "sensitivity")),
    ]
    recipe = load(folder, GOOD + TERMS + "    sensitivity: health\npolicy: strict\n")
    assert recipe.sources[0].missing_terms == []
    assert load(folder, GOOD).sources[0].missing_terms[0] == "owner"


def test_a_retention_date_is_a_day_that_exists(folder: Path) -> None:
    [(line, field, says)] = problems(folder, GOOD + "    retention: '2030-02-30'\n")
    assert (line, field) == (4, "sources.0.retention")
    assert "2030-12-31" in says


def test_only_name_and_sources_are_needed(folder: Path) -> None:
    recipe = load(folder, GOOD)
    assert recipe.lang == "es"
    assert recipe.pretrain_budget.amount == 600
    assert not recipe.tunes


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        (GOOD + "tokeniser: {}\n", 4, "tokeniser", "Did you mean `tokenizer`?"),
        (GOOD + "vocabulary: 9\n", 4, "vocabulary", "It belongs in `tokenizer`"),
        (GOOD + "xyzzy: 9\n", 4, "xyzzy", "Known here: budget"),
        (GOOD + "    knd: documents\n", 4, "sources.0.knd", "Did you mean `kind`? `kind`: `doc"),
        (GOOD + "lang: fr\n", 4, "lang", "'es' or 'en' (given: 'fr')"),
        (GOOD + "corpus:\n  pii: {policy: masc}\n", 5, "corpus.pii.policy", "mean `mask`?"),
        (GOOD + "seed: -1\n", 4, "seed", "greater than or equal to 0 (given: -1)"),
        (GOOD + "seed: uno\n", 4, "seed", "Everything random follows"),
        (GOOD + "budget: 10 minutos\n", 4, "budget", "write time like 10m or 2h"),
        (GOOD + "pretrain:\n  checkpoint_every: 5x\n", 5, "pretrain.checkpoint_every", "5x"),
        (GOOD + "corpus: {split: {train: 0.9}}\n", 4, "corpus.split", "must be 1, not 1.1"),
        (GOOD + "corpus: 5\n", 4, "corpus", "given: 5"),
        (GOOD + "name: y\n", 4, "name", "already given on line 1"),
        (GOOD + "evaluate: {questions: no.jsonl}\n", 4, "evaluate.questions", "does not exist"),
        (GOOD + "evaluate: {questions: docs}\n", 4, "evaluate.questions", "is not a file"),
        (
            GOOD + "corpus:\n  decontaminate:\n    files: [docs, no.csv]\n",
            *(6, "corpus.decontaminate.files.1", "'no.csv' does not exist"),
        ),
        (
            GOOD + "corpus: {dedup: {against: [nada]}}\n",
            4,
            "corpus.dedup.against.0",
            "does not exist",
        ),
        ("name: x\nsources:\n  - path: nada\n", 3, "sources.0.path", "'nada' does not exist"),
        ("name: x\nsources:\n  - path: ''\n", 3, "sources.0.path", "at least 1 character"),
        ("name: x\nsources: []\n", 2, "sources", "at least 1 item"),
        ("name: x\nsources: docs\n", 2, "sources", "valid list (given: 'docs')"),
        ("sources:\n  - path: docs\n", 1, "name", "is missing"),
        ('name: "a\\u0007b"\nsources: [{path: docs}]\n', 1, "name", "no control characters"),
        ("", 1, "recipe", "must be a mapping"),
        ("- a\n", 1, "recipe", "must be a mapping"),
        ("name: x\n\tsources: 5", 2, "recipe", "is not valid YAML"),
        ("name: !!python/object:os.system {}\n", 1, "recipe", "is not valid YAML"),
        ("a: &a [*a]\n" + GOOD, 1, "a", "unknown field"),
    ],
)
def test_each_mistake_has_its_line_and_its_cure(
    folder: Path, text: str, line: int, field: str, says: str
) -> None:
    found = problems(folder, text)
    assert len(found) == 1
    assert found[0][:2] == (line, field)
    assert says in found[0][2]


def test_all_mistakes_at_once_in_the_order_of_lines(folder: Path) -> None:
    found = problems(
        folder,
        "nam: x\nsources:\n  - path: nada\n    kind: documnts\nbudget: 0s\ncorpus:\n"
        "  pii:\n    polcy: mask\n  workers: -1\n",
    )
    assert [(line, field) for line, field, _ in found] == [
        (1, "name"),
        (1, "nam"),
        (3, "sources.0.path"),
        (4, "sources.0.kind"),
        (5, "budget"),
        (8, "corpus.pii.polcy"),
        (9, "corpus.workers"),
    ]


def test_a_section_with_nothing_in_it_means_its_defaults(folder: Path) -> None:
    recipe = load(folder, GOOD + "corpus:\n  pii:\n  # policy: mask\npretrain:\n")
    assert recipe == load(folder, GOOD)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="dialecto new"):
        load_recipe(tmp_path / "dialecto.yaml")
    (tmp_path / "dialecto.yaml").write_bytes("name: ñ".encode("latin-1"))
    with pytest.raises(RecipeError, match="Save it as UTF-8"):
        load_recipe(tmp_path / "dialecto.yaml")


@given(st.text(max_size=60))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_makes_the_loader_crash(folder: Path, text: str) -> None:
    for candidate in (text, GOOD + text, GOOD + "corpus: " + text):
        with suppress(RecipeError):  # anything else is a crash
            assert load(folder, candidate).sources


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("0.5h", 1800), ("1D", 86400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "10 minutos", "-5m", "0s", "1h 30"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_seconds(text)


def test_a_model_is_used_where_its_documents_no_longer_are(folder: Path) -> None:
    moved = GOOD.replace("path: ", "path: moved/")
    with pytest.raises(RecipeError, match="does not exist"):
        load(folder, moved)
    (folder / "dialecto.yaml").write_text(moved, encoding="utf-8")
    assert load_recipe(folder / "dialecto.yaml", sources=False).sources


@pytest.mark.parametrize("architecture", ["bert", "modernbert", "t5"])
def test_what_only_a_decoder_can_do_is_told_before_anything_runs(
    folder: Path, architecture: str
) -> None:
    (folder / "talks.jsonl").write_text("{}", encoding="utf-8")
    (folder / "asked.jsonl").write_text("{}", encoding="utf-8")
    asks = (
        GOOD
        + "  - path: talks.jsonl\n    kind: conversations\n"
        + "evaluate:\n  questions: asked.jsonl\n"
        + f"pretrain:\n  architecture: {architecture}\n"
    )
    with pytest.raises(RecipeError) as error:
        load(folder, asks)
    line = asks.splitlines().index(f"  architecture: {architecture}") + 1
    assert [p.field for p in error.value.problems] == ["sources.1.kind", "evaluate.questions"]
    for problem in error.value.problems:
        assert architecture in problem.message
        assert "decoder" in problem.message
        assert f"line {line}: `architecture: qwen3`" in problem.hint
        assert problem.line == asks[: asks.index(problem.field.split(".")[-1])].count("\n") + 1
    plain = GOOD + f"pretrain: {{architecture: {architecture}}}\n"
    assert load(folder, plain).pretrain.architecture == architecture
