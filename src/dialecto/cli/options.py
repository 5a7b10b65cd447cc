"""Options that every command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProjectOption = Annotated[
    Path, typer.Option("--project", metavar="DIR", help="The project's folder, or one inside it.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output.")
]


def given(context: typer.Context, project: Path, as_json: bool) -> tuple[Path, bool]:
    """Both options, which may also stand before the command of a group."""
    above = context.parent.params if context.parent else {}
    if project == Path():
        project = above.get("project", project)
    return project, as_json or bool(above.get("as_json"))
