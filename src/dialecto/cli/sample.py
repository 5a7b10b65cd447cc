"""`dialecto sample`: the documents of a fictitious company, with the truth about them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dialecto.cli.options import JsonOption
from dialecto.cli.output import print_json, print_table


def sample(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")],
    lang: Annotated[str, typer.Option("--lang", help="es or en.")] = "es",
    documents: Annotated[
        int, typer.Option("--documents", min=1, help="How many documents to write.")
    ] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 42,
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Processes; 0: one for each core.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a fictitious company's documents.

    truth.jsonl lists what they hold: personal data, copies, facts, poison, broken files.
    """
    from dialecto.cli.progress import show_progress
    from dialecto.sample import write_sample

    if lang not in ("es", "en"):
        raise typer.BadParameter("write es or en", param_hint="--lang")
    with show_progress() as progress:
        summary = write_sample(
            out, lang=lang, documents=documents, seed=seed, progress=progress, workers=workers
        )
    facts = {**asdict(summary), "out": str(out.resolve())}
    if as_json:
        print_json(facts)
        return
    print_table(("what", "value"), [(name, str(value)) for name, value in facts.items()])
