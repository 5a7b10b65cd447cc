"""Lays the report out: chooses what to show, words it, and fills the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dialecto import __version__
from dialecto.reporting.balance import balance_view, size_view
from dialecto.reporting.charts import comparison, facts_table, learning
from dialecto.reporting.experts import experts_view
from dialecto.reporting.facts import Corpus, StageFacts
from dialecto.reporting.filling import (
    defined_words,
    filled_rows,
    filling_cards,
    filling_summary,
)
from dialecto.reporting.graph import lineage_svg
from dialecto.reporting.poison import poison_view
from dialecto.reporting.quality import POINTS, quality_view
from dialecto.reporting.texts import Words, visible

_ANSWERS = 6  # shown of the right ones, and of the wrong ones
_LONG = 700  # characters of a text of unknown length that are shown


@dataclass(frozen=True)
class Evaluation:
    """scores.json, answers.jsonl and samples.jsonl of the evaluate stage."""

    scores: Mapping[str, float]
    answers: Sequence[Mapping[str, Any]]
    samples: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Report:
    """All that the page tells."""

    title: str
    stages: tuple[StageFacts, ...]
    corpus: Corpus | None
    curves: Mapping[str, list[dict[str, float]]]
    evaluation: Evaluation
    quality: Mapping[str, Any] | None = None
    size: Mapping[str, Any] | None = None
    balance: Mapping[str, Any] | None = None
    poison: Mapping[str, Any] | None = None
    experts: Sequence[Mapping[str, Any]] = ()

    def metrics(self, stage: str) -> Mapping[str, Any]:
        return next((s.metrics for s in self.stages if s.name == stage), {})


def render(report: Report, lang: str) -> str:
    """The whole HTML page. The same report gives the same bytes."""
    words = Words(lang)
    scores = report.evaluation.scores
    right = [row for row in report.evaluation.answers if row["right"]]
    wrong = [row for row in report.evaluation.answers if not row["right"]]
    page: str = _template().render(
        t=words,
        lang=lang,
        version=__version__,
        report=report,
        corpus=report.corpus,
        quality=quality_view(report.quality, words),
        size=size_view(report.size, report.metrics("tokenizer"), words),
        balance=balance_view(report.balance, words),
        poison=poison_view(report.poison, words),
        points=[words.percent(int(point[1:]) / 100) for point in POINTS],
        scores=scores,
        cards=_cards(report, words),
        summary=_summary(report, words),
        splits=_splits(report),
        curves=learning(report.curves, report.stages, words),
        bars=comparison(scores, words),
        facts=facts_table(scores, words),
        answers=[("right", right[:_ANSWERS]), ("wrong", wrong[:_ANSWERS])],
        samples=[s for s in report.evaluation.samples if s.get("kind", "text") == "text"],
        experts=experts_view(report.experts, words),
        filled=filled_rows(report.evaluation.samples),
        defined=defined_words(scores),
        lineage=_lineage(report.stages, words),
        totals=_totals(report.stages),
        date=max((stage.finished for stage in report.stages), default="")[:10],
        machine=next((s for s in reversed(report.stages) if s.machine), None),
    )
    return page


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("dialecto.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    return environment.get_template("report.html.j2")


def _shown(text: object) -> str:
    """Untrusted text, without disguises and not endless. Autoescaping does the rest."""
    clean = visible(text)
    return clean if len(clean) <= _LONG else clean[:_LONG].rstrip() + " …"


def _cards(report: Report, t: Words) -> list[tuple[str, str, str]]:
    """(label, figure, note) of the scorecard."""
    scores, corpus = report.evaluation.scores, report.corpus
    parameters = report.metrics("pretrain").get("parameters")
    cards = []
    if "bpb" in scores:
        note = t("score.bpb.note")
        baseline = scores.get("bpb.ngram5")
        if baseline:
            change = scores["bpb"] / baseline - 1
            word = "score.bpb.better" if change <= 0 else "score.bpb.worse"
            note = t(word, percent=t.percent(abs(change)))
        cards.append((t("score.bpb"), t.number(scores["bpb"], 3), note))
    cards += filling_cards(scores, t)
    if "facts.accuracy" in scores:
        asked = t("score.accuracy.note", count=t.number(scores["facts.asked"]))
        cards.append((t("score.accuracy"), t.percent(scores["facts.accuracy"]), asked))
    if "perplexity" in scores:
        figure = t.number(scores["perplexity"], 1)
        cards.append((t("score.perplexity"), figure, t("score.perplexity.note")))
    if parameters:
        figure = t.quantity(parameters)
        cards.append((t("score.parameters"), figure, t("score.parameters.note")))
    if corpus:
        found = t("score.documents.note", count=t.number(corpus.found))
        cards.append((t("score.documents"), t.number(corpus.kept), found))
        if corpus.entities:
            count = sum(number for _, number in corpus.entities)
            kinds = t("score.private.note", count=len(corpus.entities))
            cards.append((t("score.private"), t.number(count), kinds))
    seconds, energy = _totals(report.stages)
    if seconds:
        words = f"{t('score.energy').lower()}: {t.energy(energy)}"
        cards.append((t("score.time"), t.duration(seconds), words))
    return cards


def _summary(report: Report, t: Words) -> list[str]:
    """What the scores mean, in sentences."""
    scores = report.evaluation.scores
    sentences = []
    if {"bpb", "bpb.gzip", "bpb.ngram5"} <= set(scores):
        figures = {
            name: t.number(scores[key], 2)
            for name, key in (("bpb", "bpb"), ("gzip", "bpb.gzip"), ("ngram", "bpb.ngram5"))
        }
        sentences.append(t("summary.bpb", **figures))
    if "facts.accuracy" in scores:
        asked, right = t.number(scores["facts.asked"]), t.percent(scores["facts.accuracy"])
        if "facts.accuracy.base" in scores:
            base = t.percent(scores["facts.accuracy.base"])
            sentences.append(t("summary.facts", asked=asked, right=right, base=base))
        else:
            sentences.append(t("summary.facts.plain", asked=asked, right=right))
    return sentences + filling_summary(scores, t)


def _splits(report: Report) -> list[tuple[str, int | None, int | None]]:
    """(split, documents, tokens), as far as the stages' metrics tell."""
    documents, tokens = report.metrics("corpus"), report.metrics("tokenizer")
    rows = [
        (split, documents.get(f"documents.{split}"), tokens.get(f"tokens.{split}"))
        for split in ("train", "validation", "test")
    ]
    return [row for row in rows if row[1] is not None or row[2] is not None]


def _lineage(stages: Sequence[StageFacts], t: Words) -> Markup:
    inputs = {stages[-1].name: stages[-1].digest} if stages else {}
    shown = [*stages, StageFacts("report", inputs=inputs)]
    names = {stage.name: t.named("stage", stage.name) for stage in shown}
    return Markup(
        lineage_svg(
            shown,
            names=names,
            facts={s.name: t.duration(s.seconds) if s.seconds else "" for s in shown},
            alt=t("lineage.alt", stages=", ".join(names.values())),
        )
    )


def _totals(stages: Sequence[StageFacts]) -> tuple[float, float | None]:
    """Seconds, and kWh of the stages that could measure it; None if none could."""
    known = [stage.kilowatt_hours for stage in stages if stage.kilowatt_hours is not None]
    return sum(stage.seconds for stage in stages), sum(known) if known else None
