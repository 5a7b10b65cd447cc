"""`dialecto tokenizer`: make it, and compare it with others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption, given
from dialecto.cli.output import print_json, print_table
from dialecto.cli.run import STAGE_HELP, AgainOption, run_project

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False)

_COLUMNS = ("tokenizer", "lang", "vocabulary", "tokens/word", "bytes/token", "coverage",
            "words whole", "cut at ending", "used", "MB/s")  # fmt: skip


@app.callback(help=STAGE_HELP["tokenizer"] + " Without a command it runs the stage.")
def tokenizer(
    context: typer.Context,
    again: AgainOption = False,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    if context.invoked_subcommand is None:
        run_project(project, "tokenizer", "tokenizer" if again else None, as_json)


@app.command()
def compare(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A B ...]",
            help="`current`, the beginning of a digest, or what `tokenizer.base` takes: a folder "
            "or a file. The project's own comes first by itself.",
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option("--text", help="A file to measure on, instead of the corpus' held-out part."),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="The file's language (ISO 639-1).")] = "es",
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", help="Of .tiktoken files: as in `tokenizer.pattern`."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw tokens per word (.svg).")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="Write a page with all plots (.html)."),
    ] = None,
    page_lang: Annotated[
        str, typer.Option("--page-lang", help="es or en; without it the recipe's `lang`.")
    ] = "",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Measure tokenizers on the same text: length, coverage, words, endings, speed.

    Words whole: the share of running words that are one token. Cut at ending: of split words with
    a common ending, the share cut exactly before it. Used: the share of the vocabulary that occurs.
    """
    from dialecto.project.tokenizers import LANGUAGES, compare_tokenizers, page_language
    from dialecto.runtime import BadUsage

    if page_lang not in ("", *LANGUAGES):
        raise BadUsage(f"--page-lang is es or en, not '{page_lang}'")
    project, as_json = given(context, project, as_json)
    found = compare_tokenizers(project, names or (), text=text, lang=lang, pattern=pattern)
    if plot or page:
        from dialecto.reporting.tokenizers import fertility_plot, tokenizers_page
        from dialecto.runtime.files import write_text

        worded = page_lang or page_language(project, lang)
        if plot:
            write_text(plot, fertility_plot(found["tokenizers"], worded))
        if page:
            write_text(page, tokenizers_page(found["tokenizers"], found["texts"], worded))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            name,
            language,
            f"{m['vocabulary']:,}",
            f"{m['fertility']:.3f}",
            f"{m['bytes_per_token']:.2f}",
            f"{m['coverage']:.2%}",
            f"{m['whole']:.1%}",
            "-" if m["at_ending"] is None else f"{m['at_ending']:.1%}",
            f"{m['used']:.1%}",
            f"{m['megabytes_per_second']:.1f}",
        )
        for name, languages in found["tokenizers"].items()
        for language, m in languages.items()
    ]
    print_table(_COLUMNS, rows)
