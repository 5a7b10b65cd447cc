"""`dialecto run` and one command for each stage: do what is not done yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import key_metrics, print_json, print_table, say

# Named here as well as in `project/stages.py`, which is too heavy to import for `--help`.
STAGE_HELP = {
    "collect": "Take snapshots of the sources that are not folders: sites, databases, data sets.",
    "corpus": "Read, clean, protect and split the documents.",
    "tokenizer": "Learn the vocabulary and cut the corpus into tokens.",
    "pretrain": "Train the model from scratch on the corpus.",
    "tune": "Teach the model to answer.",
    "evaluate": "Measure the model beside baselines.",
    "report": "Write the page that people read.",
}

AgainOption = Annotated[
    bool, typer.Option("--again", help="Run this stage again even if it is done.")
]


def run(
    until: Annotated[
        str | None, typer.Option("--until", metavar="STAGE", help="Stop after this stage.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="STAGE", help="Run this stage and those after it again, even if done."
        ),
    ] = None,
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes", help="Go on though files of a source with `changed: stop` changed."
        ),
    ] = False,
    budget: Annotated[
        str | None,
        typer.Option("--budget", help="This time instead of the recipe's: 10m, 3kWh, 2e18flops."),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Repeat the plan.json of an earlier run."),
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Do what is not done yet. Stop it at any time; run it again and it goes on."""
    run_project(project, until, start, as_json, accept_changes, budget, plan)


def stage_command(stage: str) -> Callable[..., None]:
    """The command that runs the project until a stage."""

    def command(
        again: AgainOption = False, project: ProjectOption = Path(), as_json: JsonOption = False
    ) -> None:
        run_project(project, stage, stage if again else None, as_json)

    command.__doc__ = STAGE_HELP[stage] + " Runs the stages before it if they are not done."
    return command


def run_project(
    folder: Path,
    until: str | None,
    start: str | None,
    as_json: bool,
    accept_changes: bool = False,
    budget: str | None = None,
    plan: Path | None = None,
) -> None:
    """Run, then print what ran and what was done already."""
    from dialecto.cli.progress import show_progress
    from dialecto.project import Project
    from dialecto.training.distributed.joined import is_helper

    project = Project.open(folder).changed(budget=budget, plan=plan)
    if is_helper():  # one of several processes; the first says how it goes
        project.run(until, start, accept_changes=accept_changes)
        return
    with show_progress() as progress:
        outcomes = project.run(
            until,
            start,
            progress,
            announce=lambda stage: progress.note(f"== {stage}"),
            accept_changes=accept_changes,
        )
    if as_json:
        print_json(
            {
                "project": project.recipe.name,
                "root": str(project.root),
                "stages": {
                    o.stage: {
                        "ran": o.ran,
                        "digest": o.digest,
                        "seconds": o.seconds,
                        "metrics": o.metrics,
                    }
                    for o in outcomes
                },
                "report": str(project.report_page) if project.report_page.is_file() else None,
            }
        )
        return
    print_table(
        ("stage", "", "seconds", "digest", "metrics"),
        [
            (
                o.stage,
                "ran" if o.ran else "already done",
                f"{o.seconds:.1f}",
                o.digest,
                key_metrics(o.metrics),
            )
            for o in outcomes
        ],
    )
    if project.report_page.is_file():
        say(f"report: {project.report_page}")
