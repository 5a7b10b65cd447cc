"""`dialecto corpus`: make it, and look at it: preview a step, inspect documents, compare two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption, given
from dialecto.cli.output import print_json
from dialecto.cli.run import STAGE_HELP, AgainOption, run_project

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False)

CorpusOption = Annotated[
    str,
    typer.Option(
        "--corpus",
        metavar="CORPUS",
        help="`current`, `previous`, the beginning of a digest, or a folder.",
    ),
]


@app.callback(help=STAGE_HELP["corpus"] + " Without a command it runs the stage.")
def corpus(
    context: typer.Context,
    again: AgainOption = False,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    if context.invoked_subcommand is None:
        run_project(project, "corpus", "corpus" if again else None, as_json)


@app.command()
def preview(
    context: typer.Context,
    step: Annotated[str, typer.Option("--step", help="The step's name, as in `quality`.")],
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            "--threshold",
            metavar="[NAME=]VALUE",
            help="Try this instead of the recipe's: a step's own threshold (of quality: the "
            "lowest score), a rule of quality, or a field of `corpus`. Can be repeated.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Read at most so many files. [500]")
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Read files also where the corpus keeps what was measured."),
    ] = False,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show what a step would remove or change. Nothing is changed on disk."""
    from dialecto.project import Project
    from dialecto.project.corpora import preview as look

    project, as_json = given(context, project, as_json)
    found = look(Project.open(project), step, threshold or (), limit=limit, fresh=fresh)
    if as_json:
        print_json(found)
        return
    from dialecto.cli.corpus_tables import print_preview, words_of

    print_preview(found, words_of(project))


@app.command()
def inspect(
    context: typer.Context,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="PATH|ID", help="Why a document stayed or went."),
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="Documents that hold a text.")
    ] = None,
    regex: Annotated[
        bool, typer.Option("--regex", help="The text is a regular expression.")
    ] = False,
    sample: Annotated[int, typer.Option("--sample", min=1, help="How many documents to show.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other documents.")] = 42,
    source: Annotated[str, typer.Option("--source", help="Only of this source.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="Only in this language (ISO 639-1).")] = "",
    outcome: Annotated[
        str, typer.Option("--outcome", help="Only kept, removed or quarantined.")
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Only what went for this reason, as in `quality`.")
    ] = "",
    which: CorpusOption = "current",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Look at documents of the corpus: a sample, a search, or why one was removed.

    Texts are shown as the corpus holds them, with personal data replaced; of what was removed,
    masked beginnings.
    """
    from dialecto.corpus.views import artefact
    from dialecto.project.corpora import corpus_folder

    project, as_json = given(context, project, as_json)
    if why is not None:
        _explain(project, which, why, as_json)
        return
    folder = corpus_folder(project, which)
    wanted = artefact.Filter(source, lang, outcome, reason)
    wanted.refuse_unknown(folder)
    if search is not None:
        rows = artefact.search(folder, wanted, search, regex=regex, count=sample)
    else:
        rows = artefact.sample(folder, wanted, sample, seed)
    if as_json:
        print_json({"corpus": folder.name, "documents": rows})
        return
    from dialecto.cli.corpus_tables import print_documents, words_of

    print_documents(rows, words_of(project))


def _explain(project: Path, which: str, name: str, as_json: bool) -> None:
    from dialecto.cli.corpus_tables import print_why
    from dialecto.project import Project
    from dialecto.project.corpora import corpus_folder
    from dialecto.project.corpora import why as explain

    opened = Project.open(project, sources=False)
    found = explain(opened, name, which)
    if as_json:
        print_json({"corpus": corpus_folder(opened.root, which).name, "documents": found})
    else:
        print_why(found)


@app.command()
def diff(
    context: typer.Context,
    a: Annotated[
        str, typer.Argument(metavar="[A]", help="`previous`, a digest's beginning, or a folder.")
    ] = "previous",
    b: Annotated[
        str, typer.Argument(metavar="[B]", help="`current`, a digest's beginning, or a folder.")
    ] = "current",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show what changed from one corpus to another; without names, from the previous one."""
    from dialecto.cli.corpus_tables import print_difference, words_of
    from dialecto.corpus.views.compare import compare
    from dialecto.project.corpora import corpus_folder

    project, as_json = given(context, project, as_json)
    found = compare(corpus_folder(project, a), corpus_folder(project, b)).as_dict()
    if as_json:
        print_json(found)
    else:
        print_difference(found, words_of(project))


@app.command()
def size(
    context: typer.Context,
    which: CorpusOption = "current",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show documents, bytes, words and tokens, by the rule of thumb and by its own ratio."""
    from dialecto.cli.corpus_tables import print_size, words_of
    from dialecto.project.corpora import corpus_folder
    from dialecto.project.sizes import corpus_size

    project, as_json = given(context, project, as_json)
    found = corpus_size(corpus_folder(project, which))
    if as_json:
        print_json(found)
    else:
        print_size(found, words_of(project))


@app.command()
def known(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of documents.")],
    threshold: Annotated[
        float,
        typer.Option("--threshold", min=0.1, max=1, help="Jaccard similarity of word 5-grams."),
    ] = 0.8,
    which: CorpusOption = "current",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show which documents the corpus has already, exactly or nearly. Nothing is changed."""
    from dialecto.cli.corpus_tables import print_known, words_of
    from dialecto.corpus.views.known import known_documents
    from dialecto.project.corpora import corpus_folder

    project, as_json = given(context, project, as_json)
    found = known_documents(paths, corpus_folder(project, which), threshold)
    if as_json:
        print_json(found)
        return
    print_known(found, words_of(project))
