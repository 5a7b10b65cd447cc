"""Reads the corpus artefact: rows of lineage, and pieces of text that are safe to show.

Texts are those of the artefact, pseudonymised already, or the masked beginnings of removed
documents in `removed.json`; nothing here opens a source.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.runtime import BadUsage, DialectoError
from dialecto.runtime.files import read_json

EXCERPT = 240
_AROUND = 80
COLUMNS = ("id", "source", "path", "lang", "outcome", "reason", "detail", "split")
Row = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """Which rows of lineage are wanted; an empty field asks nothing."""

    source: str = ""
    lang: str = ""
    outcome: str = ""
    reason: str = ""

    def __call__(self, row: Mapping[str, Any]) -> bool:
        return all(
            not wanted or row[name] == wanted
            for name, wanted in (
                ("source", self.source),
                ("lang", self.lang),
                ("outcome", self.outcome),
                ("reason", self.reason),
            )
        )

    def refuse_unknown(self, folder: Path) -> None:
        """Raises BadUsage for a value that no document has, and says which there are."""
        for name in ("source", "lang", "outcome", "reason"):
            wanted = getattr(self, name)
            if wanted:
                there = {str(row[name] or "") for row in lineage_rows(folder, (name,))} - {""}
                if wanted not in there:
                    raise BadUsage(
                        f"--{name} {wanted}: no document of the corpus has it; there are "
                        f"{', '.join(sorted(there)) or 'none'}."
                    )


def lineage_rows(folder: Path, columns: Collection[str] = ()) -> Iterator[Row]:
    """Rows of lineage, few in memory at a time; every column if none is named.

    Raises DialectoError when the folder is no corpus.
    """
    path = folder / "lineage.parquet"
    if not path.is_file():
        raise DialectoError(f"{folder} holds no corpus: there is no lineage.parquet in it.")
    with pq.ParquetFile(path) as file:
        known = [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=1000, columns=known or None):
            for row in batch.to_pylist():
                yield {**dict.fromkeys(columns, ""), **row}


def documents(folder: Path) -> Iterator[Row]:
    """id (of the document, not of its part), text, of all shards; parts one by one."""
    for shard in sorted((folder / "documents").glob("*.parquet")):
        with pq.ParquetFile(shard) as file:
            for batch in file.iter_batches(batch_size=256, columns=["id", "part", "text"]):
                for row in batch.to_pylist():
                    name = row["id"].rpartition("-")[0] if row["part"] else row["id"]
                    yield {"id": name, "part": row["part"], "text": row["text"]}


def sample(folder: Path, wanted: Filter, count: int, seed: int) -> list[Row]:
    """So many of the rows that the filter lets through, drawn by the seed, by path."""
    draw = random.Random(seed)
    chosen: list[Row] = []
    for seen, row in enumerate(filter(wanted, lineage_rows(folder, COLUMNS))):
        if len(chosen) < count:
            chosen.append(row)
        elif (place := draw.randint(0, seen)) < count:
            chosen[place] = row
    return _with_texts(folder, chosen)


def search(folder: Path, wanted: Filter, text: str, *, regex: bool, count: int) -> list[Row]:
    """The first documents that hold a text, or match a regular expression, by path.

    Looked at are the texts that stayed, and paths and details of all documents; upper and
    lower case are the same. Raises BadUsage for an expression that is none.
    """
    try:
        pattern = re.compile(text if regex else re.escape(text), re.IGNORECASE)
    except re.error as error:
        raise BadUsage(f"--search {text}: no regular expression: {error}") from error
    found: dict[str, str] = {}
    for row in documents(folder):
        if row["id"] not in found and (match := pattern.search(row["text"])):
            found[row["id"]] = _around(row["text"], match)
    rows = [
        row
        for row in filter(wanted, lineage_rows(folder, COLUMNS))
        if row["id"] in found or pattern.search(row["path"]) or pattern.search(row["detail"] or "")
    ]
    rows = sorted(rows, key=lambda row: (row["source"], row["path"]))[:count]
    shown = _with_texts(folder, rows)
    return [{**row, "text": found.get(row["id"], row["text"])} for row in shown]


def _around(text: str, match: re.Match[str]) -> str:
    start = max(0, match.start() - _AROUND)
    piece = text[start : start + EXCERPT]
    return ("… " if start else "") + piece + (" …" if start + EXCERPT < len(text) else "")


def _with_texts(folder: Path, rows: list[Row]) -> list[Row]:
    texts = {row["id"]: row["before"] for row in excerpts(folder, {row["id"] for row in rows})}
    rows = [{**row, "text": texts.get(row["id"], "")} for row in rows]
    return sorted(rows, key=lambda row: (row["source"], row["path"]))


def excerpts(folder: Path, ids: Collection[str]) -> list[Row]:
    """id, source, path and beginning (`before`) of these documents, as far as they are shown."""
    found: dict[str, Row] = {}
    for shard in sorted((folder / "documents").glob("*.parquet")):
        table = pq.read_table(
            shard,
            columns=["id", "source", "path", "part", "text"],
            filters=_of_documents(ids),
        )
        for row in table.to_pylist():
            name = row["id"].rpartition("-")[0] if row["part"] else row["id"]
            if name in ids and (row["part"] or 0) <= 1:
                text = row["text"][:EXCERPT]
                found[name] = {
                    "id": name,
                    "source": row["source"],
                    "path": row["path"],
                    "before": text,
                }
    for row in _examples(folder):
        if row["id"] in ids and row["id"] not in found:
            found[row["id"]] = {
                **{name: row[name] for name in ("id", "source", "path")},
                "before": row["text"][:EXCERPT],
            }
    return [found[name] for name in sorted(found)]


def _of_documents(ids: Collection[str]) -> pc.Expression:
    """Rows of these documents, whole or the first of their parts."""
    names = [*ids, *(f"{name}-0001" for name in ids)]
    return pc.field("id").isin(pa.array(names, pa.string()))


def _examples(folder: Path) -> Iterator[Row]:
    path = folder / "removed.json"
    if path.is_file():
        for rows in read_json(path).get("examples", {}).values():
            yield from rows


def find_rows(folder: Path, name: str, most: int = 20) -> list[Row]:
    """Full rows of lineage of the document of this id or path, or of those whose path ends so.

    A file that holds several documents (`a.jsonl:3`) gives them all. Raises BadUsage when
    there is none.
    """
    tests: tuple[Callable[[Row], bool], ...] = (
        lambda row: name in (row["id"], row["path"], f"{row['source']}/{row['path']}"),
        lambda row: str(row["path"]).startswith((f"{name}:", f"{name}!")),
        lambda row: str(row["path"]).endswith(f"/{name}"),
        lambda row: name.endswith(f"/{row['path']}"),
        lambda row: name.lower() in str(row["path"]).lower(),
    )
    best = len(tests)
    found: list[str] = []
    for row in lineage_rows(folder, ("id", "source", "path")):
        rank = next((n for n, test in enumerate(tests) if test(row)), len(tests))
        if rank < best:
            best, found = rank, []
        if rank == best < len(tests) and len(found) < most:
            found.append(row["id"])
    if not found:
        raise BadUsage(f"the corpus has no document '{name}', by id or by path.")
    rows: list[Row] = pq.read_table(
        folder / "lineage.parquet", filters=pc.field("id").isin(pa.array(found))
    ).to_pylist()
    return sorted(rows, key=lambda row: (row["source"], row["path"]))
