"""`dialecto ledger`: what happened in a project, and whether the record of it is intact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import print_json, print_table, say

app = typer.Typer(
    help="What happened in the project; whether that record is intact.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def verify(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Find any changed, removed or reordered entry. Exit code 1 if there is one."""
    from dialecto.project.project import find_root
    from dialecto.security import Ledger

    ledger = Ledger(find_root(project) / "ledger.db")
    faults = ledger.verify()
    entries = ledger.count()
    if as_json:
        print_json(
            {
                "intact": not faults,
                "entries": entries,
                "faults": [{"seq": fault.seq, "what": fault.what} for fault in faults],
            }
        )
    elif not faults:
        print(f"intact: {entries} entries, each follows the one before")
    else:
        for fault in faults:
            print(f"entry {fault.seq}: {fault.what}")
        say(f"the ledger is not what was written: {len(faults)} faults in {ledger.path}")
    if faults:
        raise typer.Exit(1)


@app.command()
def show(
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only this many of the newest entries.")
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show the entries: when, who, what, with which facts."""
    from dialecto.project.project import find_root
    from dialecto.security import Ledger

    entries = list(Ledger(find_root(project) / "ledger.db").entries(limit))
    if as_json:
        print_json({"entries": [entry.as_dict() for entry in entries]})
        return
    print_table(
        ("entry", "time", "by", "what", "facts"),
        [
            (
                str(entry.seq),
                entry.time,
                entry.actor,
                entry.action,
                _brief(entry.as_dict()["facts"]),
            )
            for entry in entries
        ],
    )


def _brief(facts: object) -> str:
    if not isinstance(facts, dict):
        return str(facts)
    shown = []
    for name, value in facts.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        shown.append(f"{name}={text if len(text) <= 40 else text[:37] + '...'}")
    return " ".join(shown)
