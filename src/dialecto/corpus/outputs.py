"""The last pass: deals documents out to splits and writes what the artefact holds."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.balance.step import read_balanced
from dialecto.corpus.chunks import ChunkTask, batches
from dialecto.corpus.contamination import REASON as CONTAMINATED
from dialecto.corpus.extract.context import SUBJECT
from dialecto.corpus.folds import deal_folds
from dialecto.corpus.parts import cut, is_spread, part_size
from dialecto.corpus.split import SPLITS, Item, deal, group_items
from dialecto.corpus.table import KEPT, REMOVED
from dialecto.recipe.sources import TERMS
from dialecto.runtime.files import write_json

DOCUMENTS = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("part", pa.int32()),  # 0: the whole document; 1, 2, ...: a part of it
        ("lang", pa.string()),
        ("variety", pa.string()),  # of Spanish, `es-MX`; empty when undecided
        ("topic", pa.string()),  # found by `corpus.balance`, else empty
        ("repeat", pa.int32()),  # how often it is read in an epoch of training; 1 as a rule
        ("text", pa.large_string()),
        *((name, pa.string()) for name in TERMS),
    ]
)
LINEAGE = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("lang", pa.string()),
        ("variety", pa.string()),
        ("topic", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("split", pa.string()),  # several, joined by commas, for a document cut and spread
        ("parts", pa.int32()),
        ("entities", pa.int64()),
        ("changes", pa.list_(pa.string())),
        ("measures", pa.map_(pa.string(), pa.float64())),
        *((name, pa.string()) for name in TERMS),
    ]
)
EXAMPLES, EXAMPLE = 5, 240  # of a reason; characters
_ROWS = 200  # of documents in one row group, at most


@dataclass
class Account:
    """Where every document went. `check` refuses a sum that does not close."""

    found: int = 0
    kept: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    bytes_kept: int = 0
    examples: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """Counts a settled row; keeps the first few of each reason, and rule, as examples."""
        self.found += 1
        if row["outcome"] == KEPT:
            self.kept += 1
            self.entities.update(dict(row["entities"] or ()))
            return
        reason = row["reason"]
        (self.removed if row["outcome"] == "removed" else self.quarantined)[reason] += 1
        shown = self.examples.setdefault(reason, [])
        rule = rule_of(reason, row["detail"])
        if sum(rule_of(reason, example["detail"]) == rule for example in shown) < EXAMPLES:
            shown.append(
                {name: row[name] for name in ("id", "source", "path", "detail")}
                | {"text": row.get("text") or ""}
            )

    def check(self, what: str) -> None:
        """Raises when a document is lost or counted twice."""
        settled = self.kept + self.removed.total() + self.quarantined.total()
        if settled != self.found:
            raise AssertionError(
                f"{what}: {self.found} came in, but {self.kept} kept + "
                f"{self.removed.total()} removed + {self.quarantined.total()} quarantined"
            )

    def removal(self) -> dict[str, Any]:
        """What `removed.json` says: counts and examples by reason."""
        return {
            "in": self.found,
            "kept": self.kept,
            "removed": dict(self.removed),
            "quarantined": dict(self.quarantined),
            "examples": self.examples,
        }


def rule_of(reason: str, detail: str) -> str:
    """The rule of quality that a document fell by; empty for other reasons."""
    return detail.partition(" ")[0] if reason == "quality" else ""


@dataclass(frozen=True)
class Placement:
    """The split (and fold) of each row to be written, by the row's id; links refused."""

    split_of: dict[str, str]
    corpus_bytes: int
    refused: int
    fold_of: dict[str, int]
    contaminated: dict[str, str] = field(default_factory=dict)  # and what they share it with


def row_ids(name: str, text: str, size: int) -> list[tuple[str, str]]:
    """(row id, text) of a document, whole or in parts."""
    if not size:
        return [(name, text)]
    parts = list(cut(text, size))
    if len(parts) == 1:
        return [(name, text)]
    return [(f"{name}-{number:04d}", part) for number, part in enumerate(parts, 1)]


def place(
    tasks: Sequence[ChunkTask], between: Path, shares: Mapping[str, float], folds: int, seed: int
) -> Placement:
    """Which split each document, or part of one, goes to, and which of so many folds."""
    corpus = sum(
        pc.sum(pc.binary_length(table["text"].filter(pc.equal(table["outcome"], "")))).as_py() or 0
        for task in tasks
        for table in _columns(task, ["text", "outcome"])
    )
    items: list[Item] = []
    together: list[list[str]] = []
    spread: set[str] = set()
    people: dict[bytes, list[str]] = {}
    threads: dict[str, list[str]] = {}
    whole: dict[str, str] = {}
    for task in tasks:
        for table in _columns(task, ["id", "source", "text", "outcome", "people", "threads"]):
            for row in table.to_pylist():
                if row["outcome"]:
                    continue
                name, text = row["id"], row["text"]
                size = len(text.encode())
                rows = row_ids(name, text, part_size(size, corpus))
                items += [Item(row_id, len(part.encode()), row["source"]) for row_id, part in rows]
                whole[name] = rows[0][0]
                if len(rows) > 1 and is_spread(size, corpus):
                    # Its parts go anywhere, so it cannot be kept together with anything.
                    spread.add(name)
                    continue
                if len(rows) > 1:
                    together.append([row_id for row_id, _ in rows])
                for key in row["people"]:
                    people.setdefault(bytes.fromhex(key[:32]), []).append(rows[0][0])
                for key in row["threads"] or ():
                    threads.setdefault(key, []).append(rows[0][0])
    pairs = between / "alike.parquet"  # absent when duplicates are not looked for
    alike = [
        (whole[row["first"]], whole[row["second"]])
        for table in (batches(pairs) if pairs.exists() else ())
        for row in table.to_pylist()
        if row["first"] in whole and row["second"] in whole
        if row["first"] not in spread and row["second"] not in spread
    ]
    # A subject is shared by chance, like a person; the number of a message is not.
    guessed = [threads.pop(key) for key in list(threads) if key.startswith(SUBJECT)]
    groups, refused = group_items(
        items,
        together,
        alike,
        _shared([*people.values(), *guessed]),
        _shared(threads.values()),
    )
    split_of = deal(items, groups, shares, seed)
    fold_of = deal_folds(items, groups, split_of, folds, seed)
    return Placement(split_of, corpus, refused, fold_of)


def _shared(members: Iterable[list[str]]) -> list[list[str]]:
    """Who has something in common, fewest first."""
    several = (sorted(names) for names in members if len(names) > 1)
    return sorted(several, key=lambda names: (len(names), names))


def _columns(task: ChunkTask, names: list[str]) -> Iterator[pa.Table]:
    with pq.ParquetFile(task.file("protected")) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=names)


class Shards:
    """Parquet files `<split>-NNNNN.parquet` of a bounded amount of text each."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.numbers: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        self.pending: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
        self.held: Counter[str] = Counter()
        self.writers: dict[str, pq.ParquetWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, split: str, row: dict[str, Any], size: int) -> None:
        """One more document of `size` bytes."""
        self.pending[split].append(row)
        self.held[split] += size
        if self.held[split] >= min(2_000_000, self.limit) or len(self.pending[split]) >= _ROWS:
            self._flush(split)

    def _flush(self, split: str) -> None:
        writer = self.writers.get(split)
        if writer is None:
            path = self.folder / f"{split}-{self.numbers[split]:05d}.parquet"
            writer = self.writers[split] = pq.ParquetWriter(path, DOCUMENTS, compression="zstd")
        writer.write_table(pa.Table.from_pylist(self.pending[split], schema=DOCUMENTS))
        self.sizes[split] += self.held[split]
        self.pending[split], self.held[split] = [], 0
        if self.sizes[split] >= self.limit:
            self.writers.pop(split).close()
            self.numbers[split] += 1
            self.sizes[split] = 0

    def close(self) -> None:
        """Writes what is pending. Every split has at least one file, be it empty."""
        for split in SPLITS:
            if self.pending[split] or (split not in self.writers and not self.numbers[split]):
                self._flush(split)
        for writer in self.writers.values():
            writer.close()


def write_documents(
    tasks: Sequence[ChunkTask],
    work: Path,
    placement: Placement,
    shard_bytes: int,
    terms: Mapping[str, Mapping[str, str]],
) -> Account:
    """Shards, lineage and the account of every document.

    terms: what the recipe declares about each source, by its name; it goes with each document.
    """
    account = Account()
    shards = Shards(work / "documents", shard_bytes)
    with pq.ParquetWriter(work / "lineage.parquet", LINEAGE, compression="zstd") as lineage:
        for task in tasks:
            for table in batches(task.file("protected")):
                balanced = read_balanced(Path(task.between), table["id"].combine_chunks())
                rows = [
                    _write_row(
                        row | terms.get(row["source"], {}) | balanced.get(row["id"], {}),
                        shards,
                        placement,
                        account,
                    )
                    for row in table.to_pylist()
                ]
                lineage.write_table(pa.Table.from_pylist(rows, schema=LINEAGE))
    shards.close()
    account.check("documents")
    return account


def _write_row(
    row: dict[str, Any], shards: Shards, placement: Placement, account: Account
) -> dict[str, Any]:
    """Writes a kept document's text; returns its row of lineage."""
    splits: list[str] = []
    parts = 0
    if not row["outcome"] and row["id"] in placement.contaminated:
        row["outcome"], row["reason"] = REMOVED, CONTAMINATED
        row["detail"] = f"shares a passage with {placement.contaminated[row['id']]}, held out"
        row["text"] = row["text"][:EXAMPLE]
    if not row["outcome"]:
        row["outcome"] = KEPT
        text = row["text"]
        size = part_size(len(text.encode()), placement.corpus_bytes)
        pieces = row_ids(row["id"], text, size)
        parts = len(pieces)
        for number, (name, piece) in enumerate(pieces, 1):
            split = placement.split_of[name]
            splits.append(split)
            size = len(piece.encode())
            document = {
                "id": name,
                "source": row["source"],
                "path": row["path"],
                "part": number if parts > 1 else 0,
                "lang": row["lang"],
                "variety": row["variety"] or "",
                "topic": row.get("topic", ""),
                # What is held out is read once: it measures, it does not teach.
                "repeat": row.get("repeat", 1) if split == "train" else 1,
                "text": piece,
                **{name: row.get(name, "") for name in TERMS},
            }
            shards.add(split, document, size)
            account.rows[split] += 1
            account.bytes_kept += size
    account.add(row)
    entities = sum(number for _, number in row["entities"] or ())
    return {
        **{name: row[name] for name in LINEAGE.names if name in row},
        "entities": entities,
        "parts": parts,
        "split": ",".join(split for split in SPLITS if split in splits),
    }


def write_removed(work: Path, documents: Account, conversations: Account) -> None:
    """`removed.json`: what did not stay, why, and masked examples."""
    content = documents.removal()
    if conversations.found:
        content["conversations"] = conversations.removal()
    with contextlib.suppress(FileNotFoundError):
        (work / "removed.json").unlink()
    write_json(work / "removed.json", content)
