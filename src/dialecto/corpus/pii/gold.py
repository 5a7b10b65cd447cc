"""Reads texts that people have annotated: brat, CoNLL and JSON, with their labels made ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dialecto.corpus.pii.entity import ALL_TYPES
from dialecto.corpus.pii.gazetteer import DATA
from dialecto.corpus.pii.gold_brat import read_brat
from dialecto.corpus.pii.gold_conll import MAYBE, SUFFIXES, in_columns, read_conll
from dialecto.corpus.pii.gold_json import read_json
from dialecto.corpus.pii.gold_page import BOM, GoldDocument, text_of
from dialecto.runtime.errors import DialectoError

__all__ = ["GoldDocument", "read_gold", "type_table", "types_of_their_own"]

_EXPECTED = (
    "Expected brat (.ann beside .txt), CoNLL (.conll, .bio, .iob, or .txt and .tsv in columns) or "
    "JSON (.json, .jsonl)."
)
_SHOWN = 3


def type_table(extra: Path | None = None) -> dict[str, str]:
    """Label -> our type. `extra` is a file of `LABEL<tab>TYPE` lines that adds to the table."""
    table = {name: name for name in ALL_TYPES}
    for path in (DATA / "gold_types.tsv", extra):
        if path is None:
            continue
        if not path.is_file():
            raise DialectoError(f"{path}: no such table of types.")
        for number, line in enumerate(text_of(path).removeprefix(BOM).splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            label, _, ours = line.rstrip().rpartition("\t" if "\t" in line else " ")
            if not label.strip():
                raise DialectoError(f"{path}:{number}: expected `LABEL<tab>TYPE`, found {line!r}")
            table[label.strip().upper()] = ours.strip()
    return table


def types_of_their_own(documents: list[GoldDocument], types: Path | None = None) -> dict[str, int]:
    """Types in the pages that no table knows, and how often each is marked."""
    known = {*ALL_TYPES, *type_table(types).values()}
    found: dict[str, int] = {}
    for document in documents:
        for entity in document.entities:
            if entity.type not in known:
                found[entity.type] = found.get(entity.type, 0) + 1
    return dict(sorted(found.items()))


def read_gold(
    source: Path,
    types: Path | None = None,
    problem: Callable[[DialectoError], None] | None = None,
) -> list[GoldDocument]:
    """Every annotated document in a folder (searched in depth) or a file.

    brat: `NAME.ann` beside `NAME.txt`. CoNLL: a token and its tag a line. JSON or JSON lines:
    `{"text", "entities": [{"start", "end", "type"}]}`, and what other tools write.

    What is broken goes to `problem`, by file and line, and the rest is read. Raises DialectoError
    when nothing is annotated, and without `problem` for the first thing that is broken.
    """
    table = type_table(types)
    if not source.exists():
        raise DialectoError(f"{source}: no such file or folder of annotations.")
    broken: list[DialectoError] = []

    def noted(error: DialectoError) -> None:
        if problem is None:
            raise error
        broken.append(error)
        problem(error)

    paths = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    documents: list[GoldDocument] = []
    for path in paths:
        try:
            documents += _read_file(path, table, noted)
        except DialectoError as error:
            noted(error)
    if not documents:
        if source.is_file() and broken:
            raise broken[0]
        what = "".join(f"\n  {error}" for error in broken[:_SHOWN])
        raise DialectoError(f"{source}: no annotations found. {_EXPECTED}{what}")
    return documents


def _read_file(
    path: Path, table: Mapping[str, str], problem: Callable[[DialectoError], None]
) -> Iterator[GoldDocument]:
    suffix = path.suffix.lower()
    if suffix == ".ann":
        yield read_brat(path, table)
    elif suffix in SUFFIXES or (
        suffix in MAYBE and not path.with_suffix(".ann").exists() and in_columns(path)
    ):
        yield from read_conll(path, table)
    elif suffix in {".json", ".jsonl"}:
        yield from read_json(path, table, problem)
