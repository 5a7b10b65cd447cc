"""`dialecto pii`: see what would be found, measure it, teach it from your own pages."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialecto.cli.options import JsonOption, ProjectOption
from dialecto.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from dialecto.corpus.pii.own_model import OwnModel
    from dialecto.corpus.pii.recogniser import Recogniser
    from dialecto.runtime.errors import DialectoError

app = typer.Typer(
    help="Personal data: see what is found, measure it, train it on your own labelled pages.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_REGIONS = "all"
RegionsOption = Annotated[
    str,
    typer.Option(
        "--regions",
        help="ISO 3166 countries, comma-separated; `all`: Spain, Portugal, Latin America.",
    ),
]
LangOption = Annotated[str, typer.Option("--lang", help="Language of the texts: es or en.")]
AutoLangOption = Annotated[
    str,
    typer.Option("--lang", help="Language of the texts: es, en, or auto: of each text its own."),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="Folder of a model made by `pii train`. Without it: the last one trained, if any.",
    ),
]
ShippedOption = Annotated[
    bool, typer.Option("--shipped", help="Ignore trained models: measure what ships.")
]


@app.command()
def scan(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE|FOLDER", help="Documents in any format the corpus reads."),
    ],
    regions: RegionsOption = _REGIONS,
    lang: AutoLangOption = "auto",
    every: Annotated[bool, typer.Option("--all", help="Also places, dates, ages, family.")] = False,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", metavar="DIR", help="Also the recognisers and the model of its recipe."
        ),
    ] = None,
    model: ModelOption = None,
    shipped: ShippedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the personal data found in documents, in colour; secrets are dotted out."""
    from dialecto.corpus.pii.entity import ALL_TYPES, DEFAULT_TYPES
    from dialecto.corpus.pii.scan import Search, painted, totals
    from dialecto.corpus.pii.scan import scan as look

    own = _own_recognisers(project, lang)
    used = _model(model or _project_model(project), shipped)
    types = (ALL_TYPES if every else DEFAULT_TYPES) | {t for rule in own for t in rule.types}
    types |= set(used.types) - ALL_TYPES if used else set()
    search = Search(_regions(regions), lang, types, used, own)
    scanned = []
    for one in look(path, search):
        scanned.append(one)
        if not as_json:
            if len(scanned) > 1 or path.is_dir() or one.file != path.name:
                print(f"== {one.file}")
            print(painted(one, colour=_colour()))
    counts = totals(scanned)
    if as_json:
        print_json(
            {
                "file": str(path),
                "found": counts.total(),
                "types": dict(sorted(counts.items())),
                "documents": [one.as_dict() for one in scanned if not one.problem],
                "unreadable": [one.as_dict() for one in scanned if one.problem],
            }
        )
        return
    by_type = ", ".join(f"{number} {kind}" for kind, number in counts.most_common())
    say(f"{counts.total()} found in {path}" + (f": {by_type}" if by_type else ""))
    if len(scanned) == 1 and scanned[0].problem:
        raise typer.Exit(1)


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Option("--gold", help="Annotated pages: brat, CoNLL or JSON.")],
    types: Annotated[
        Path | None, typer.Option("--types", help="LABEL<tab>TYPE lines that add to the table.")
    ] = None,
    regions: RegionsOption = _REGIONS,
    lang: AutoLangOption = "auto",
    model: ModelOption = None,
    shipped: ShippedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Precision, recall and leak rate by type, against pages that people have labelled."""
    from dialecto.corpus.pii.evaluate import evaluate as measure
    from dialecto.corpus.pii.gold import read_gold

    used = _model(model, shipped)
    problems: list[str] = []
    pages = read_gold(gold, types, lambda error: _left_out(error, problems))
    result = measure(pages, regions=_regions(regions), lang=lang, model=used)
    facts = {**result.as_dict(), "model": used.folder if used else "shipped"}
    facts["problems"] = problems
    if as_json:
        print_json(facts)
        return
    rows = [("all", facts["micro"], facts["leak_rate"]), ("direct", facts["direct"], None)]
    rows += [(kind, values, values["leak_rate"]) for kind, values in facts["types"].items()]
    print_table(
        ("type", "precision", "recall", "f1", "gold", "leak rate"),
        [
            (
                name,
                *(f"{values[key]:.4f}" for key in ("precision", "recall", "f1")),
                str(values["gold"]),
                "" if leak is None else f"{leak:.4f}",
            )
            for name, values, leak in rows
        ],
    )
    say(f"{result.documents} documents, {result.megabytes_per_second:.2f} MB/s, {facts['model']}")


@app.command()
def train(
    annotations: Annotated[
        Path, typer.Option("--annotations", help="Annotated pages: brat, CoNLL or JSON.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the model; default: in your own folder."),
    ] = None,
    types: Annotated[
        Path | None, typer.Option("--types", help="LABEL<tab>TYPE lines that add to the table.")
    ] = None,
    regions: RegionsOption = _REGIONS,
    lang: LangOption = "es",
    as_json: JsonOption = False,
) -> None:
    """Learn to find personal data from your own labelled pages. Nothing leaves the machine."""
    from dataclasses import asdict

    from dialecto.corpus.pii.gold import read_gold, types_of_their_own
    from dialecto.corpus.pii.own_model import default_folder, train_model

    problems: list[str] = []
    documents = read_gold(annotations, types, lambda error: _left_out(error, problems))
    own = types_of_their_own(documents, types)
    if own:
        listed = ", ".join(f"{kind} ({number})" for kind, number in own.items())
        say(f"labels that no table knows, learnt as types of their own: {listed}")
    say(f"learning from {len(documents)} documents")
    model = train_model(documents, out or default_folder(), regions=_regions(regions), lang=lang)
    if as_json:
        print_json({**asdict(model), "own_types": own, "problems": problems})
    else:
        print(f"{model.folder}: {model.entities} entities of {len(model.types)} types learnt")


@app.command()
def reveal(
    pseudonym: Annotated[str, typer.Argument(help="A pseudonym as it stands in the corpus.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show what a pseudonym stands for, with your key. Each time is recorded in the ledger."""
    from dialecto.corpus.pii.pseudonym_map import map_file
    from dialecto.corpus.pii.pseudonym_map import reveal as look_up
    from dialecto.project import Project

    opened = Project.open(project, sources=False)
    corpus = opened.artefact("corpus").resolve()
    found = look_up(map_file(corpus), pseudonym)
    # What is not in the map may be anything, also somebody's name: it is not written down.
    shown = pseudonym if found else ""
    opened.ledger.append(
        "pii.reveal", {"corpus": corpus.name, "pseudonym": shown, "found": len(found)}
    )
    if as_json:
        print_json({"pseudonym": pseudonym, "found": [entry.as_dict() for entry in found]})
    elif found:
        rows = [(e.type, e.pseudonym, e.original, str(e.documents)) for e in found]
        print_table(("type", "pseudonym", "stands for", "documents"), rows)
    else:
        say("no such pseudonym in this corpus")
    if not found:
        raise typer.Exit(1)


@app.command("map")
def show_map(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Count the pseudonyms in the sealed map by type, and check that the map is intact."""
    from dialecto.corpus.pii.pseudonym_map import counts, map_file
    from dialecto.project import Project

    corpus = Project.open(project, sources=False).artefact("corpus").resolve()
    types = counts(map_file(corpus))
    if as_json:
        facts = {"corpus": corpus.name, "pseudonyms": types.total(), "types": dict(types)}
        print_json(facts)
        return
    print_table(("type", "pseudonyms"), [(kind, str(n)) for kind, n in sorted(types.items())])


def _left_out(error: DialectoError, problems: list[str]) -> None:
    problems.append(str(error))
    say(f"left out: {error}")


def _colour() -> bool:
    """In a terminal, unless NO_COLOR is set; elsewhere only with FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _own_recognisers(project: Path | None, lang: str) -> tuple[Recogniser, ...]:
    """Those that a project's recipe names."""
    if project is None:
        return ()
    from dialecto.corpus.pii.plugins import load_recognisers, pattern_recognisers
    from dialecto.project import Project

    opened = Project.open(project, sources=False)
    section = opened.recipe.corpus.pii
    return (
        *pattern_recognisers(section.patterns),
        *load_recognisers(section.recognisers, opened.root, lang),
    )


def _project_model(project: Path | None) -> Path | None:
    """The model that a project's recipe names."""
    if project is None:
        return None
    from dialecto.project import Project

    opened = Project.open(project, sources=False)
    named = opened.recipe.corpus.pii.model
    return opened.root / named if named else None


def _regions(text: str) -> list[str]:
    from dialecto.recipe.pii import COUNTRIES

    if text == "all":
        return list(COUNTRIES)
    return [code.strip().upper() for code in text.split(",") if code.strip()]


def _model(folder: Path | None, shipped: bool) -> OwnModel | None:
    """The model to use, or None for what ships."""
    from dialecto.corpus.pii.own_model import FACTS_FILE, default_folder, load_own_model

    if shipped:
        return None
    if folder is None and not (default_folder() / FACTS_FILE).exists():
        return None
    return load_own_model(folder or default_folder())
