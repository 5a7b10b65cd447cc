"""`dialecto serve`: the OpenAI-compatible API and the console on one loopback port."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import ProjectOption
from dialecto.cli.output import print_json, say


def serve(
    project: ProjectOption = Path(),
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="TCP port; 0: any free one."),
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make a new API key; the old one stops working.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object at the start, then serve.")
    ] = False,
) -> None:
    """Serve the model to programs and people on this machine."""
    from dialecto.serving.extra import require_packages

    require_packages()
    from dialecto.console.page import add_console
    from dialecto.console.texts import text
    from dialecto.project import Project
    from dialecto.project.retention import refuse_expired
    from dialecto.serving.server import Start
    from dialecto.serving.server import serve as run_server

    opened = Project.open(project, sources=False)
    refuse_expired(opened.recipe, "a model made from it is not served")
    lang, name = opened.recipe.lang, opened.recipe.name

    def note(key_: str, **values: object) -> None:
        say(text(lang, key_, **values))

    def started(start: Start) -> None:
        note("serve.ready", name=name, digest=start.digest, url=start.url)
        if start.key:
            note("serve.key", key=start.key)
        else:
            note("serve.key_kept", id=start.key_id)
        note("serve.link", link=start.link)
        note("serve.stop")
        if as_json:
            print_json({**asdict(start), "pid": os.getpid()})

    note("model.loading", name=name)
    run_server(opened, port=port, new_key=new_key, add_pages=add_console, started=started)
    note("serve.stopped")
