"""What the papers of a corpus tell, read from the corpus artefact into plain records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialecto.reporting.facts import Corpus, Group, read_corpus
from dialecto.reporting.poison import read_poison
from dialecto.runtime.files import read_json, sha256_file

SOURCES_FILE = "sources.json"
BYTES_PER_TOKEN = 4.0  # the field's rule of thumb, until a tokenizer has been trained
# Upper ends (characters) of the classes in which the documents' lengths are shown.
LENGTHS = (250, 1_000, 4_000, 16_000, 64_000)


@dataclass(frozen=True)
class DeclaredSource:
    """A source of the recipe: its terms as declared (empty: not), and what it gave."""

    name: str
    kind: str
    origin: str
    owner: str
    licence: str
    purpose: str
    retention: str
    sensitivity: str
    found: int
    kept: int
    bytes: int
    # Of a source that was collected: `from`, `started`, `finished`, `refused` (reason: count).
    snapshot: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        terms = ("owner", "licence", "purpose", "retention", "sensitivity")
        return tuple(name for name in terms if not getattr(self, name))


@dataclass(frozen=True)
class Shard:
    """A file of documents; `path` is relative to the artefact, `bytes` those on disk."""

    path: str
    split: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class CardFacts:
    """All that the papers tell. `lengths`: documents in each class of LENGTHS and above."""

    card: Mapping[str, str]
    settings: Mapping[str, Any]
    sources: tuple[DeclaredSource, ...]
    corpus: Corpus
    splits: tuple[Group, ...]
    lengths: tuple[int, ...]
    shards: tuple[Shard, ...]
    bytes: int
    poison: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        return self.card.get("title") or ", ".join(source.name for source in self.sources)

    @property
    def tokens(self) -> int:
        return round(self.bytes / BYTES_PER_TOKEN)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(group.name for group in self.corpus.languages if group.name)


def read_facts(folder: Path, entities: Mapping[str, int]) -> CardFacts:
    """folder: the corpus artefact, with `sources.json`; entities: personal data replaced."""
    declared = read_json(folder / SOURCES_FILE)
    metrics = {f"pii.{name}": number for name, number in entities.items()}
    corpus = read_corpus(folder, metrics, examples=0)
    given = {group.name: group for group in corpus.sources}
    sources = []
    for source in declared["sources"]:
        group = given.get(source["name"], Group("", 0, 0, 0))
        found = {name: source.get(name, getattr(group, name)) for name in ("found", "kept")}
        sources.append(DeclaredSource(**{**source, **found, "bytes": group.bytes}))
    splits, lengths = _measure(folder)
    return CardFacts(
        card=declared["card"],
        settings=declared["settings"],
        sources=tuple(sources),
        corpus=corpus,
        splits=splits,
        lengths=lengths,
        shards=_shards(folder),
        bytes=sum(group.bytes for group in splits),
        poison=read_poison(folder),
    )


def _measure(folder: Path) -> tuple[tuple[Group, ...], tuple[int, ...]]:
    """Rows and bytes of each split, and how long the rows are."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    splits: dict[str, list[int]] = {}
    lengths: Counter[int] = Counter()
    for shard in sorted((folder / "documents").glob("*.parquet")):
        counts = splits.setdefault(shard.stem.rpartition("-")[0], [0, 0])
        with pq.ParquetFile(shard) as file:
            for batch in file.iter_batches(batch_size=512, columns=["text"]):
                counts[0] += len(batch)
                counts[1] += pc.sum(pc.binary_length(batch["text"])).as_py() or 0
                for length in pc.utf8_length(batch["text"]).to_pylist():
                    lengths[sum(length > end for end in LENGTHS)] += 1
    order = ("train", "validation", "test")
    return (
        tuple(Group(name, splits[name][0], *splits[name]) for name in order if name in splits),
        tuple(lengths[index] for index in range(len(LENGTHS) + 1)),
    )


def _shards(folder: Path) -> tuple[Shard, ...]:
    return tuple(
        Shard(
            path.relative_to(folder).as_posix(),
            path.stem.rpartition("-")[0],
            path.stat().st_size,
            sha256_file(path),
        )
        for path in sorted((folder / "documents").glob("*.parquet"))
    )
