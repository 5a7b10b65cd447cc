"""`dialecto generate`: one answer, or one continued text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import print_json


def generate(
    prompt: Annotated[str, typer.Argument(help="Question or text to continue; - reads it.")],
    project: ProjectOption = Path(),
    system: Annotated[str, typer.Option("--system", help="Instructions to the model.")] = "",
    raw: Annotated[
        bool, typer.Option("--raw", help="Continue the text, also with a model that answers.")
    ] = False,
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
    stop: Annotated[
        list[str] | None, typer.Option("--stop", help="End before this text; repeatable.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The same seed gives the same text.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question, or continue a text."""
    from dialecto.console.conversation import reply
    from dialecto.console.terminal import Screen, piped_lines
    from dialecto.project import Project
    from dialecto.serving.engine import Message, Prompt, Sampling
    from dialecto.serving.model import open_model

    opened = Project.open(project, sources=False)
    model = open_model(opened)
    words = "".join(piped_lines(sys.stdin)) if prompt == "-" else prompt
    sampling = Sampling(
        max_tokens=max_tokens or opened.recipe.serve.max_tokens,
        temperature=temperature,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        seed=seed,
        stop=tuple(stop or ()),
    )
    asked: Prompt = words
    if model.engine.chats and not raw:
        asked = [*([Message("system", system)] if system else []), Message("user", words)]
    screen = Screen(sys.stdout, sys.stderr, silent=as_json)
    answered = reply(model.engine, asked, sampling, screen.piece)
    if as_json:
        facts = {"model": model.name, "digest": model.digest, **answered.as_dict()}
        print_json(facts)
    screen.piece("\n")
    if answered.finish_reason == "interrupted":
        raise KeyboardInterrupt
