"""`dialecto status`: where a project stands."""

from __future__ import annotations

from pathlib import Path

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import key_metrics, print_json, print_table, say


def status(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show which stages are done, stale, missing or running."""
    from dialecto.project import Project

    facts = Project.open(project).status()
    if as_json:
        print_json(facts)
        return
    print_table(
        ("stage", "state", "seconds", "digest", "metrics"),
        [
            (
                name,
                stage["state"],
                "" if stage["seconds"] is None else f"{stage['seconds']:.1f}",
                stage["digest"],
                key_metrics(stage["metrics"]),
            )
            for name, stage in facts["stages"].items()
        ],
    )
    say(f"project: {facts['project']} in {facts['root']}")
    if facts["report"]:
        say(f"report: {facts['report']}")
