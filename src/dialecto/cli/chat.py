"""`dialecto chat`: talk with the project's model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import ProjectOption
from dialecto.cli.output import print_json, say


def chat(
    project: ProjectOption = Path(),
    system: Annotated[str, typer.Option("--system", help="Instructions to the model.")] = "",
    temperature: Annotated[
        float | None,
        typer.Option("--temperature", min=0, help="0 takes the likeliest token; more varies more."),
    ] = None,
    top_p: Annotated[
        float, typer.Option("--top-p", min=0, max=1, help="Choose among this much probability.")
    ] = 1.0,
    repetition_penalty: Annotated[
        float, typer.Option("--repetition-penalty", min=0.01, help="Above 1 repeats less.")
    ] = 1.0,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Longest answer.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The same seed gives the same text.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output at the end.")
    ] = False,
) -> None:
    """Talk with the model. Lines can also come from a pipe, one question each."""
    from dialecto.console.conversation import Conversation
    from dialecto.console.terminal import Screen, converse, piped_lines, typed_lines
    from dialecto.console.texts import text
    from dialecto.project import Project
    from dialecto.serving.engine import Sampling
    from dialecto.serving.model import open_model

    opened = Project.open(project, sources=False)
    lang = opened.recipe.lang
    say(text(lang, "model.loading", name=opened.recipe.name))
    model = open_model(opened)
    sampling = Sampling(
        max_tokens=max_tokens or opened.recipe.serve.max_tokens,
        temperature=temperature,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        seed=seed,
    )
    screen = Screen(sys.stdout, sys.stderr, silent=as_json)
    screen.note(text(lang, "terminal.welcome", name=model.name, digest=model.digest))
    if not model.engine.chats:
        screen.note(text(lang, "terminal.continues"))
    conversation = Conversation(model.engine, sampling, system)
    if sys.stdin.isatty():
        aside = as_json or not sys.stdout.isatty()
        lines = typed_lines(text(lang, "terminal.you") + " ", sys.stderr if aside else None)
    else:
        lines = piped_lines(sys.stdin)
    replies = converse(conversation, lines, screen, lang)
    if as_json:
        facts = {
            "model": model.name,
            "digest": model.digest,
            "messages": [{"role": m.role, "content": m.content} for m in conversation.messages],
            "answers": [answer.as_dict() for answer in replies],
        }
        print_json(facts)
