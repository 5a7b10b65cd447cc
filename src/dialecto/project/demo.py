"""The demo: a fictitious company's documents, taken all the way to a model that answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialecto.project.project import Project
from dialecto.project.runner import Outcome
from dialecto.project.scaffold import new_project
from dialecto.project.truth import score_corpus
from dialecto.recipe import RECIPE_FILE
from dialecto.runtime import BadUsage, Progress
from dialecto.runtime.files import read_json, remove_tree, write_json

COMPANY = "company"  # the folder of the sample, inside the demo's
# Where two stages have a metric of one name, the earlier of these speaks for the scorecard.
_SPEAKS = ("evaluate", "corpus", "tokenizer", "pretrain", "tune", "report")


@dataclass(frozen=True)
class DemoSettings:
    """What the demo is made from."""

    lang: str
    documents: int
    seed: int
    budget: str


@dataclass(frozen=True)
class Answered:
    """A held-out question, what the model said and what is right."""

    question: str
    answer: str
    expected: str


@dataclass(frozen=True)
class Demo:
    """What came out. `scorecard` maps the names of metrics to numbers."""

    project: Project
    outcomes: list[Outcome]
    scorecard: dict[str, Any]
    answers: list[Answered]


def run_demo(
    folder: Path,
    settings: DemoSettings,
    progress: Progress,
    announce: Callable[[str], None] = lambda _text: None,
) -> Demo:
    """Sample, recipe, run, score. Called again it does only what is not done yet.

    Raises BadUsage when `folder` holds something that is not a demo.
    """
    root = folder.resolve()
    _prepare(root, settings, progress, announce)
    project = Project.open(root)
    outcomes = project.run(progress=progress, announce=announce)
    corpus = project.artefact("corpus")
    merged = {
        name: value
        for stage in reversed(_SPEAKS)
        for outcome in outcomes
        if outcome.stage == stage
        for name, value in outcome.metrics.items()
    }
    scorecard = {
        **merged,
        **score_corpus(root / COMPANY, corpus),
        **_pii_scores(project, corpus, announce),
        "seconds": round(sum(outcome.seconds for outcome in outcomes), 1),
    }
    return Demo(project, outcomes, scorecard, _answers(project))


def _prepare(
    root: Path, settings: DemoSettings, progress: Progress, announce: Callable[[str], None]
) -> None:
    """The company's documents and the recipe, unless they are there from these settings."""
    from dialecto.sample import write_sample

    mark, recipe = root / ".cache" / "demo.json", root / RECIPE_FILE
    made = read_json(mark) if mark.is_file() else None
    if made is None and recipe.exists():
        raise BadUsage(f"{root} has a recipe of yours; choose another folder with --out.")
    company = root / COMPANY
    facts = {k: v for k, v in asdict(settings).items() if k != "budget"}
    if made is None or made["sample"] != facts or not company.is_dir():
        announce("sample")
        fresh = root / f".{COMPANY}"  # hidden and then renamed: half a sample is never read
        remove_tree(fresh)
        write_sample(
            fresh,
            lang=settings.lang,
            documents=settings.documents,
            seed=settings.seed,
            progress=progress,
        )
        remove_tree(company)
        fresh.rename(company)
    # A recipe that the user has edited since is theirs. "": we were killed while writing ours.
    known = made["recipe"] if made else ""
    if not recipe.exists() or known in ("", _sha(recipe)):
        write_json(mark, {"sample": facts, "recipe": ""})
        recipe.unlink(missing_ok=True)
        new_project(
            root,
            [company / "documents", company / "conversations"],
            objective="chat",
            budget=settings.budget,
            lang=settings.lang,
            name="demo",
            seed=settings.seed,
            questions=company / "questions" / "held_out.jsonl",
        )
        write_json(mark, {"sample": facts, "recipe": _sha(recipe)})
    else:
        write_json(mark, {"sample": facts, "recipe": known})


def _pii_scores(
    project: Project, corpus: Path, announce: Callable[[str], None]
) -> dict[str, float]:
    """Planted personal data that was found, and what was taken for it wrongly.

    Remembered for the corpus it was measured on: it takes as long as the corpus stage.
    """
    from dialecto.corpus.pii.sample_score import score_sample

    cache = project.root / ".cache" / "pii_scores.json"
    key = project.store.content("corpus", corpus.name)
    known = read_json(cache) if cache.is_file() else {}
    if known.get("corpus") == key:
        scores: dict[str, float] = known["scores"]
        return scores
    announce("scorecard")
    company = project.root / COMPANY
    result = score_sample(
        company / "truth.jsonl",
        company / "documents",
        regions=project.recipe.corpus.pii.regions,
        lang=project.recipe.lang,
    )
    scores = {"pii.recall": result.recall, "pii.precision": result.precision}
    write_json(cache, {"corpus": key, "scores": scores})
    return scores


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _answers(project: Project) -> list[Answered]:
    """Three held-out questions from all over the list, not chosen by how they were answered."""
    text = (project.artefact("evaluate") / "answers.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    chosen = [rows[len(rows) * i // 3] for i in range(min(3, len(rows)))]
    return [Answered(row["question"], row["answer"], row["expected"]) for row in chosen]
