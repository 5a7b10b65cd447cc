"""The report stage: one self-contained page about all that the other stages did."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialecto.recipe import ReportSection
from dialecto.reporting.balance import read_account
from dialecto.reporting.experts import read_experts
from dialecto.reporting.facts import StageFacts, read_corpus, read_lines, read_stage
from dialecto.reporting.page import Evaluation, Report, render
from dialecto.reporting.poison import read_poison
from dialecto.reporting.quality import read_quality
from dialecto.runtime import StageContext
from dialecto.runtime.files import read_json, write_text

ORDER = ("corpus", "tokenizer", "pretrain", "tune", "evaluate")


def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: ReportSection,
    name: str,
    lang: str,
) -> dict[str, float | int | str]:
    """Write report.html from the folders of the other stages; any of them may be missing."""
    report = read_report(inputs, section, name)
    page = render(report, lang)
    write_text(context.work / "report.html", page)
    return {"bytes": len(page.encode()), "stages": len(report.stages)}


def read_report(inputs: Mapping[str, Path], section: ReportSection, name: str) -> Report:
    """All that the page tells, as plain records."""
    stages: list[StageFacts] = [read_stage(s, inputs[s]) for s in ORDER if s in inputs]
    metrics = {stage.name: stage.metrics for stage in stages}
    corpus = None
    if "corpus" in inputs:
        corpus = read_corpus(inputs["corpus"], metrics["corpus"], section.masked_examples)
    return Report(
        title=section.title or name,
        stages=tuple(stages),
        corpus=corpus,
        curves={
            s: read_lines(inputs[s] / "metrics.jsonl") for s in ("pretrain", "tune") if s in inputs
        },
        experts=read_experts(inputs["pretrain"]) if "pretrain" in inputs else (),
        evaluation=_read_evaluation(inputs.get("evaluate")),
        quality=read_quality(inputs["corpus"]) if "corpus" in inputs else None,
        size=read_account(inputs["corpus"], "size.json") if "corpus" in inputs else None,
        balance=read_account(inputs["corpus"], "balance.json") if "corpus" in inputs else None,
        poison=read_poison(inputs["corpus"]) if "corpus" in inputs else None,
    )


def _read_evaluation(folder: Path | None) -> Evaluation:
    if folder is None:
        return Evaluation({}, (), ())
    path = folder / "scores.json"
    scores: Mapping[str, Any] = read_json(path) if path.is_file() else {}
    return Evaluation(
        scores,
        tuple(read_lines(folder / "answers.jsonl")),
        tuple(read_lines(folder / "samples.jsonl")),
    )
