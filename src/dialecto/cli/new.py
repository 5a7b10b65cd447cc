"""`dialecto new`: a project with a recipe that runs as it is."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption
from dialecto.cli.output import print_json, say


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new project.")],
    source: Annotated[
        list[Path] | None,
        typer.Option("--source", metavar="PATH", help="Documents or conversations; repeatable."),
    ] = None,
    web: Annotated[
        list[str] | None,
        typer.Option("--web", metavar="URL", help="A site to read, politely; repeatable."),
    ] = None,
    objective: Annotated[
        str | None, typer.Option("--objective", help="chat: answers; text: continues text.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Time to train in: 90s, 10m, 2h.")
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="es or en.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the project; the folder's if missing.")
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", metavar="FILE", help="JSONL of held-out questions."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Everything random.")] = 42,
    as_json: JsonOption = False,
) -> None:
    """Write a short, commented recipe for your documents. It runs as it is."""
    from dialecto.cli.texts import text
    from dialecto.project.scaffold import new_project

    sources = list(source or [])
    if sys.stdin.isatty() and not as_json:
        lang = lang or typer.prompt("Idioma / language (es, en)", default="es", err=True)
        if not sources and not web:
            sources = [Path(typer.prompt(text(lang, "new.ask_source"), err=True)).expanduser()]
        budget = budget or typer.prompt(text(lang, "new.ask_budget"), default="10m", err=True)
    lang = lang or "es"
    made = new_project(
        folder,
        sources,
        objective=objective,
        budget=budget or "10m",
        lang=lang,
        name=name,
        seed=seed,
        questions=questions,
        web=web or [],
    )
    notes = [text(lang, f"new.{note}") for note in made.notes]
    if as_json:
        print_json(
            {
                "recipe": str(made.recipe_path),
                "project": made.recipe.name,
                "objective": made.recipe.objective,
                "sources": [
                    {"path": s.path, "kind": s.kind, **({"web": s.web.start} if s.web else {})}
                    for s in made.recipe.sources
                ],
                "notes": notes,
            }
        )
        return
    for note in notes:
        say(note)
    print(text(lang, "new.done", recipe=made.recipe_path, folder=shlex.quote(str(folder))))
