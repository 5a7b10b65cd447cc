"""`dialecto lineage`: what a model comes from, down to the sources, and whether it holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import print_json, say


def lineage(
    stage: Annotated[
        str | None, typer.Argument(metavar="[STAGE]", help="Start here; the last one if missing.")
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check every file against its manifest and the ledger."),
    ] = False,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show what a model was made from, down to the sources.

    With --verify every file is checked against its manifest, and every manifest against the
    ledger; exit code 1 if anything does not hold.
    """
    from dialecto.project.lineage import lineage as follow
    from dialecto.project.lineage import verify_lineage
    from dialecto.project.project import find_root
    from dialecto.project.store import Store
    from dialecto.security import Ledger

    root = find_root(project)
    store = Store(root / "artifacts")
    links = follow(store, stage)
    faults = verify_lineage(store, Ledger(root / "ledger.db"), links) if verify else []
    if as_json:
        print_json(
            {
                "stage": links[0].stage,
                "digest": links[0].digest,
                "chain": [asdict(link) for link in links],
                "verified": not faults if verify else None,
                "faults": faults,
            }
        )
    else:
        for link in links:
            print(f"{link.stage} {link.digest}  {link.finished}  content {link.content[:16]}")
            for need, digest in link.inputs.items():
                print(f"    from {need} {digest}")
            for path, sha in link.sources.items():
                print(f"    read {path}  {sha[:16]}")
        for fault in faults:
            print(f"FAULT {fault}")
        if verify and not faults:
            say("every file is what its manifest says, every manifest what the ledger recorded")
    if faults:
        raise typer.Exit(1)
