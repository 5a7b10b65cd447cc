"""`dialecto demo`: from a fictitious company's documents to a model you can talk to."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialecto.cli.options import JsonOption
from dialecto.cli.output import number, print_json, print_table
from dialecto.cli.texts import text

if TYPE_CHECKING:
    from dialecto.project.demo import Demo

DOCUMENTS = 2000
BUDGET = "5m"
# What the scorecard shows to people, in this order; programs get everything.
SHOWN = (
    "documents.in",
    "documents.kept",
    "quarantine.recall",
    "duplicates.recall",
    "duplicates.false",
    "pii.recall",
    "pii.precision",
    "tokens.train",
    "parameters",
    "bpb",
    "bpb.ngram5",
    "bpb.zstd",
    "facts.token_f1",
    "facts.accuracy",
    "seconds",
)


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the demo.")] = Path(
        "dialecto-demo"
    ),
    lang: Annotated[str, typer.Option("--lang", help="es or en.")] = "es",
    documents: Annotated[
        int, typer.Option("--documents", min=20, help="How many documents the company has.")
    ] = DOCUMENTS,
    budget: Annotated[
        str, typer.Option("--budget", help="Time to train in: 90s, 10m, 2h.")
    ] = BUDGET,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Everything random.")] = 42,
    as_json: JsonOption = False,
) -> None:
    """Train a model on a fictitious company's documents, and ask it.

    Called again it does only what is not done yet.
    """
    from dialecto.cli.progress import show_progress
    from dialecto.project.demo import DemoSettings, run_demo

    if lang not in ("es", "en"):
        raise typer.BadParameter("write es or en", param_hint="--lang")
    with show_progress() as progress:
        result = run_demo(
            out,
            DemoSettings(lang, documents, seed, budget),
            progress,
            announce=lambda stage: progress.note(f"== {stage}"),
        )
    if as_json:
        print_json(_as_json(result))
    else:
        _print(result, out, lang)


def _as_json(result: Demo) -> dict[str, Any]:
    """The scorecard's numbers stand at the top, so that a script reads `.bpb` of any command."""
    project = result.project
    return {
        "project": project.recipe.name,
        "root": str(project.root),
        "report": str(project.report_page),
        "scorecard": result.scorecard,
        "answers": [
            {"question": a.question, "answer": a.answer, "expected": a.expected}
            for a in result.answers
        ],
        "stages": {
            o.stage: {"ran": o.ran, "digest": o.digest, "seconds": o.seconds, "metrics": o.metrics}
            for o in result.outcomes
        },
        **result.scorecard,
    }


def _print(result: Demo, out: Path, lang: str) -> None:
    card = result.scorecard
    rows = [
        (text(lang, f"demo.{name}"), number(card[name]), name) for name in SHOWN if name in card
    ]
    print_table((text(lang, "demo.scorecard"), "", ""), rows)
    print(f"\n{text(lang, 'demo.questions')}")
    for answered in result.answers:
        print(f"\n  {text(lang, 'demo.asked')}: {answered.question}")
        print(f"  {text(lang, 'demo.answered')}: {answered.answer}")
        print(f"  {text(lang, 'demo.expected')}: {answered.expected}")
    where = shlex.quote(str(out))
    print(f"\n{text(lang, 'demo.report')}: {result.project.report_page}")
    print(f"{text(lang, 'demo.next')}:")
    print(f"  dialecto chat --project {where}")
    print(f"  {text(lang, 'demo.new')}")
