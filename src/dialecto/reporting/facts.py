"""What the report tells, read from the artefacts' folders into plain records.

Every part may be missing (no tune stage, no questions, a stage run as a plain function
without a manifest): then its record is empty and the page leaves the section out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from dialecto.runtime.files import read_json

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class StageFacts:
    """A stage's manifest. `kilowatt_hours` is None where it could not be measured."""

    name: str
    digest: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    kilowatt_hours: float | None = None
    finished: str = ""
    metrics: Numbers = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Documents that have something in common: a source, a format or a language."""

    name: str
    found: int
    kept: int
    bytes: int


@dataclass(frozen=True)
class Example:
    """A removed document's masked beginning. Its path may name a person: only the format stays."""

    id: str
    source: str
    format: str
    detail: str
    text: str


@dataclass(frozen=True)
class Removal:
    """Documents that did not stay, for one reason. `outcome` is removed or quarantined."""

    reason: str
    outcome: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Corpus:
    """What went in, and what became of it."""

    found: int
    kept: int
    sources: tuple[Group, ...]
    formats: tuple[Group, ...]
    languages: tuple[Group, ...]
    removals: tuple[Removal, ...]
    entities: tuple[tuple[str, int], ...]


def read_stage(name: str, folder: Path) -> StageFacts:
    """A stage's facts from its manifest.json."""
    path = folder / "manifest.json"
    if not path.is_file():
        return StageFacts(name)
    found = read_json(path)
    return StageFacts(
        name=name,
        digest=found.get("digest", ""),
        inputs=found.get("inputs", {}),
        seconds=float(found.get("seconds") or 0.0),
        kilowatt_hours=found.get("kilowatt_hours"),
        finished=found.get("finished", ""),
        metrics=found.get("metrics", {}),
        code=found.get("code", {}),
        machine=found.get("machine", {}),
    )


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file; none when it is not there."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def read_corpus(folder: Path, metrics: Numbers, examples: int) -> Corpus:
    """Sources, formats, languages, removals with at most so many examples, personal data.

    folder: the corpus artefact; metrics: its stage's, with `pii.<TYPE>` counts.
    """
    tallies: dict[str, dict[str, list[int]]] = {"source": {}, "format": {}, "lang": {}}
    sizes, languages = _document_sizes(folder)
    found = kept = 0
    for row in _rows(folder / "lineage.parquet", ["id", "source", "path", "outcome"]):
        found += 1
        stays = row["outcome"] == "kept"
        kept += stays
        size = sizes.get((row["source"], row["path"]), 0) if stays else 0
        names = {"source": row["source"], "format": document_format(row["path"])}
        if stays:
            names["lang"] = languages.get((row["source"], row["path"]), "")
        for kind, name in names.items():
            tally = tallies[kind].setdefault(name, [0, 0, 0])
            tally[0] += 1
            tally[1] += stays
            tally[2] += size
    return Corpus(
        found,
        kept,
        sources=_groups(tallies["source"]),
        formats=_groups(tallies["format"]),
        languages=_groups(tallies["lang"]),
        removals=_removals(folder / "removed.json", examples),
        entities=_entities(metrics),
    )


def document_format(path: str) -> str:
    """The format of a document by its path.

    `actas/3.DOCX` is `docx`; `faq.jsonl.gz:17`, a record of a file, `jsonl`; `a.zip!/b.md` `md`; a
    page of a web archive, `a.warc.gz!/https://...`, `warc`.
    """
    container, inside, member = path.rpartition("!/")
    if inside and "://" in member:
        return PurePosixPath(container.removesuffix(".gz")).suffix.lower().removeprefix(".")
    name, _, record = PurePosixPath(member).name.rpartition(":")
    name = name if name and record.isdigit() else PurePosixPath(member).name
    if name.lower().endswith((".gz", ".bz2", ".xz", ".zst")):
        name = PurePosixPath(name).stem
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def _document_sizes(folder: Path) -> tuple[dict[tuple[str, str], int], dict[Any, str]]:
    """UTF-8 bytes and language of each kept document, its parts together."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    sizes: dict[tuple[str, str], int] = {}
    languages: dict[Any, str] = {}
    for shard in sorted((folder / "documents").glob("*.parquet")):
        with pq.ParquetFile(shard) as file:
            columns = ["source", "path", "lang", "text"]
            for batch in file.iter_batches(batch_size=512, columns=columns):
                lengths = pc.binary_length(batch["text"]).to_pylist()
                names = (batch[name].to_pylist() for name in ("source", "path", "lang"))
                for source, path, lang, length in zip(*names, lengths, strict=True):
                    sizes[source, path] = sizes.get((source, path), 0) + length
                    languages[source, path] = lang or ""
    return sizes, languages


def _rows(path: Path, columns: list[str]) -> Any:
    """Rows of a Parquet file as dictionaries, few in memory at a time."""
    import pyarrow.parquet as pq

    if not path.is_file():
        return
    with pq.ParquetFile(path) as file:
        known = [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=512, columns=known):
            for row in batch.to_pylist():
                yield dict.fromkeys(columns, "") | row


def _groups(tally: dict[str, list[int]]) -> tuple[Group, ...]:
    groups = [Group(name, *numbers) for name, numbers in tally.items()]
    return tuple(sorted(groups, key=lambda group: (-group.bytes, -group.found, group.name)))


def _removals(path: Path, most: int) -> tuple[Removal, ...]:
    if not path.is_file():
        return ()
    content = read_json(path)
    examples = content.get("examples", {})
    removals = [
        Removal(
            reason,
            outcome,
            int(count),
            tuple(_example(example) for example in examples.get(reason, [])[:most]),
        )
        for outcome in ("removed", "quarantined")
        for reason, count in content.get(outcome, {}).items()
    ]
    return tuple(sorted(removals, key=lambda r: (r.outcome != "removed", -r.count, r.reason)))


def _example(row: Mapping[str, str]) -> Example:
    return Example(
        row.get("id", ""),
        row.get("source", ""),
        document_format(row.get("path", "")),
        row.get("detail", ""),
        row.get("text", ""),
    )


def _entities(metrics: Numbers) -> tuple[tuple[str, int], ...]:
    prefix = "pii."
    # Types are in capitals; `pii.entities` and scores such as `pii.recall` are not types.
    counts = {
        name.removeprefix(prefix): int(value)
        for name, value in metrics.items()
        if name.startswith(prefix) and name.removeprefix(prefix).isupper()
    }
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
