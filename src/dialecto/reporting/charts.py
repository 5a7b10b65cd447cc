"""The report's plots and score tables, made from metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dialecto.reporting.bars import bars
from dialecto.reporting.facts import StageFacts
from dialecto.reporting.overfitting import find_overfitting
from dialecto.reporting.plots import curve
from dialecto.reporting.texts import Words


@dataclass(frozen=True)
class Curve:
    """A learning curve, the run's figures as (label, value), and what is to be said of it."""

    title: str
    plot: Markup
    figures: list[tuple[str, str]]
    note: str = ""


def learning(
    curves: Mapping[str, list[dict[str, float]]], stages: Sequence[StageFacts], t: Words
) -> list[Curve]:
    """A curve for each training stage that left metrics.

    Pretraining is told in bits per byte of text, or, of a model that fills text in, in nats for
    each token asked for. Tuning counts answers only, in bits per token.
    """
    found = []
    for stage in stages:
        lines = [line for line in curves.get(stage.name, []) if math.isfinite(line["loss"])]
        if not lines:
            continue
        pretrain = stage.name == "pretrain"
        fills = pretrain and "bpb" not in lines[0]
        field = "bpb" if pretrain and not fills else "loss"
        scale = 1.0 if pretrain else 1 / math.log(2)
        alt = t(
            "training.alt.filling" if fills else f"training.alt.{stage.name}",
            first=t.number(lines[0][field] * scale, 2),
            last=t.number(lines[-1][field] * scale, 2),
            time=t.duration(lines[-1]["seconds"]),
        )
        plot = curve(
            lines,
            field=field,
            scale=scale,
            labels={
                "train": t("training.train"),
                "validation": t("training.validation"),
                "minutes": t("training.minutes"),
                "seconds": t("training.seconds"),
                "y": t(_unit(pretrain, fills)),
            },
            number=t.number,
            alt=alt,
            key=f"curve-{stage.name}",
        )
        found.append(
            Curve(
                t(f"training.{stage.name}"),
                Markup(plot),
                _figures(stage, t),
                _overfitting(lines, field, scale, stage.metrics, t),
            )
        )
    return found


def _overfitting(
    lines: Sequence[dict[str, float]],
    field: str,
    scale: float,
    metrics: Mapping[str, float | int | str],
    t: Words,
) -> str:
    """A sentence or two where the text was learnt by heart; the held-out measure has its unit."""
    found = find_overfitting(lines, field, float(metrics.get("epochs", 1.0)))
    if found is None:
        return ""
    before, after = (t.number(loss * scale, 2) for loss in found.training)
    best, last = (t.number(loss, 3) for loss in found.held_out)
    return t(
        "training.overfitting",
        epoch=t.number(found.epoch, 1),
        best=best,
        last=last,
        rise=t.percent(found.rise),
        before=before,
        after=after,
    )


def _unit(pretrain: bool, fills: bool) -> str:
    return "training.nats" if fills else "training.bpb" if pretrain else "training.bits"


def _figures(stage: StageFacts, t: Words) -> list[tuple[str, str]]:
    metrics = stage.metrics
    figures = [
        (t("training.steps"), t.number(metrics["steps"])) if "steps" in metrics else None,
        (t("training.epochs"), t.number(metrics["epochs"], 1)) if "epochs" in metrics else None,
        (t("training.speed"), t.number(metrics["tokens_per_second"]))
        if "tokens_per_second" in metrics
        else None,
        (t("training.precision"), str(metrics["precision"])) if "precision" in metrics else None,
        (t("training.mfu"), t.percent(metrics["mfu"])) if "mfu" in metrics else None,
        _foreseen(metrics, t),
    ]
    return [figure for figure in figures if figure]


def _foreseen(metrics: Mapping[str, float | int | str], t: Words) -> tuple[str, str] | None:
    """What the plan predicted beside what came."""
    if "bpb.predicted" not in metrics or "bpb.validation" not in metrics:
        return None
    predicted, achieved = (
        t.number(float(metrics[f"bpb.{n}"]), 3) for n in ("predicted", "validation")
    )
    return t("training.foreseen"), t(
        "training.foreseen.value", predicted=predicted, achieved=achieved
    )


def comparison(scores: Mapping[str, float], t: Words) -> Markup | None:
    """Bars of bits per byte: the model's own first, then the baselines."""
    names = {"bpb": "model", "bpb.tuned": "tuned"}
    baselines = {"bpb.ngram5": "ngram5", "bpb.zstd": "zstd", "bpb.gzip": "gzip"}
    if not any(name in scores for name in baselines):
        return None
    rows = [
        (t(f"compared.{word}"), scores[name], t.number(scores[name], 2))
        for name, word in (names | baselines).items()
        if math.isfinite(scores.get(name, math.nan))
    ]
    alt = t("compared.alt", values="; ".join(f"{label} {text}" for label, _, text in rows))
    own = sum(name in scores for name in names)
    plot = bars(rows, own=own, x=t("compared.x"), number=t.number, alt=alt)
    return Markup(plot)


def facts_table(scores: Mapping[str, float], t: Words) -> list[list[str]]:
    """Rows of (questions, model, asked, right, F1, exact), as texts."""
    rows = []
    tuned = "facts.asked.base" in scores
    for part, which in (("", "all"), (".seen", "seen"), (".unseen", "unseen")):
        for model, name in (("", "final" if tuned else "only"), (".base", "base")):
            end = model + part
            if f"facts.asked{end}" in scores:
                rows.append(
                    [
                        t(f"facts.{which}"),
                        t(f"facts.{name}"),
                        t.number(scores[f"facts.asked{end}"]),
                        t.percent(scores[f"facts.accuracy{end}"]),
                        t.number(scores[f"facts.token_f1{end}"], 2),
                        t.percent(scores[f"facts.exact{end}"]),
                    ]
                )
    return rows
