"""What the workers do with one chunk of the corpus: read it, sign it, protect it.

`read_chunk` turns files into cleaned text. `sign_chunk` drops boilerplate, judges each
document and describes it for the search for duplicates. `protect_chunk` replaces personal
data in the documents that stay. Each reads and writes Parquet batch by batch, and its output
appears under its name only when it is whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.boilerplate import boilerplate_step, count_lines
from dialecto.corpus.clean import clean
from dialecto.corpus.extract import Unreadable, extract
from dialecto.corpus.harm import harm_step
from dialecto.corpus.language import language_step
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.signature import Shingler, band_hashes, content_key
from dialecto.corpus.table import QUARANTINED, REMOVED, SCHEMA, document_id, settle, with_columns
from dialecto.corpus.workers import Unit
from dialecto.runtime.files import sha256_file

BATCH_CHARACTERS = 2_000_000
FILE_SECONDS, SECONDS_PER_MEGABYTE = 30.0, 5.0
DOCUMENT_SECONDS, DOCUMENT_SECONDS_PER_MEGABYTE = 30.0, 60.0
_EXAMPLE = 240  # characters of a removed document shown, masked

KEYS = pa.schema(
    [
        ("id", pa.string()),
        ("length", pa.int64()),
        ("bytes", pa.int64()),
        ("key", pa.string()),
        ("bands", pa.binary()),  # 32 little-endian uint64, or nothing
        ("offset", pa.int64()),  # of its shingles in the chunk's .shingles file
        ("shingles", pa.int64()),
    ]
)
LINES = pa.schema([("family", pa.string()), ("line", pa.int64()), ("documents", pa.int64())])
PROTECTED = pa.schema(
    [
        *SCHEMA,
        ("entities", pa.map_(pa.string(), pa.int64())),
        ("people", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class StepSettings:
    """What the steps need to know of the recipe. Small: it travels with every task."""

    lang: str
    keep_languages: tuple[str, ...]
    minimum_confidence: float
    minimum_characters: int
    harm_policy: str
    pii_enabled: bool
    pii_policy: str
    pii_regions: tuple[str, ...]
    key: bytes


@dataclass(frozen=True)
class ChunkTask:
    """A chunk, the folder of what lies between the steps, and the settings."""

    chunk: Chunk
    between: str
    settings: StepSettings

    def file(self, step: str, ending: str = "parquet") -> Path:
        return Path(self.between) / step / f"{self.chunk.name}.{ending}"


@contextmanager
def whole_parquet(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A Parquet file that appears under its name when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        yield writer
    temporary.replace(path)


def batches(path: Path) -> Iterator[pa.Table]:
    """A Parquet file's row groups, one in memory at a time."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


# Read ---------------------------------------------------------------------------------------


def read_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> int:
    """Files to cleaned documents. Writes `read` and `lines`; returns the documents found."""
    counts: Counter[tuple[str, int]] = Counter()
    total = 0
    with whole_parquet(task.file("read"), SCHEMA) as writer:
        for table in _tables(_documents(task.chunk, lost, unit)):
            count_lines(table, counts)
            writer.write_table(table)
            total += len(table)
    with whole_parquet(task.file("lines"), LINES) as writer:
        rows = [
            {"family": group, "line": line, "documents": number}
            for (group, line), number in sorted(counts.items())
        ]
        writer.write_table(pa.Table.from_pylist(rows, schema=LINES))
    return total


def _documents(chunk: Chunk, lost: dict[int, str], unit: Unit) -> Iterator[dict[str, Any]]:
    for index, file in enumerate(chunk.files):
        if index in lost:
            detail = f"reading it {'took too long' if lost[index] == 'timeout' else 'crashed'}"
            yield _row(file, outcome=QUARANTINED, reason=lost[index], detail=detail)
            continue
        unit(index, FILE_SECONDS + SECONDS_PER_MEGABYTE * file.bytes / 1e6)
        yield from read_file(file)


def read_file(file: InputFile) -> Iterator[dict[str, Any]]:
    """Rows of the schema: the documents in a file, or one quarantined row."""
    sha = ""
    try:
        sha = sha256_file(Path(file.location))
        for piece in extract(Path(file.location)):
            path = f"{file.path}:{piece.record}" if piece.record else file.path
            row = _row(file, path=path, sha256=sha, changes=list(piece.changes))
            if piece.problem:
                yield row | {
                    "outcome": QUARANTINED,
                    "reason": piece.problem,
                    "detail": piece.detail,
                }
                continue
            text, changes = clean(piece.text)
            row["text"] = text
            row["changes"] += changes
            if not text.strip():
                row |= {"outcome": QUARANTINED, "reason": "no_text"}
            yield row
    except Unreadable as error:
        yield _row(file, sha256=sha, outcome=QUARANTINED, reason=error.reason, detail=error.detail)
    except (Exception, RecursionError) as error:
        # Parsers of broken files raise anything; a broken document costs only itself.
        detail = f"{type(error).__name__}: {error}"[:300]
        yield _row(file, sha256=sha, outcome=QUARANTINED, reason="malformed", detail=detail)


def _row(file: InputFile, **known: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        **dict.fromkeys(("sha256", "lang", "text", "outcome", "reason", "detail"), ""),
        "source": file.source,
        "path": file.path,
        "changes": [],
        **known,
    }
    row["id"] = document_id(row["source"], row["path"])
    return row


def _tables(rows: Iterator[dict[str, Any]]) -> Iterator[pa.Table]:
    """Rows as tables of about 2 million characters."""
    pending: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        pending.append(row)
        size += len(row["text"])
        if size >= BATCH_CHARACTERS or len(pending) >= 2000:
            yield _table(pending)
            pending, size = [], 0
    if pending:
        yield _table(pending)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    for row in rows:  # lone surrogates cannot be written as UTF-8
        for name in ("path", "text", "detail"):
            row[name] = row[name].encode("utf-8", "replace").decode("utf-8")
    return pa.Table.from_pylist(rows, schema=SCHEMA)


# Sign ---------------------------------------------------------------------------------------


def sign_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """Judges documents and describes those that stay. Writes `signed`, `keys`, `.shingles`."""
    drop: dict[str, set[int]] = {}
    for table in batches(Path(task.between) / "boilerplate.parquet"):
        for row in table.to_pylist():
            drop.setdefault(row["family"], set()).add(row["line"])
    frozen = {group: frozenset(lines) for group, lines in drop.items()}
    settings = task.settings

    def judge(table: pa.Table) -> pa.Table:
        table = boilerplate_step(table, frozen)
        table = length_step(table, settings.minimum_characters)
        table = language_step(table, settings.keep_languages, settings.minimum_confidence)
        return harm_step(table, settings.harm_policy)

    shingler = Shingler()
    offset = 0
    heap = task.file("signed", "shingles")
    heap.parent.mkdir(parents=True, exist_ok=True)
    with (
        whole_parquet(task.file("keys"), KEYS) as keys,
        whole_parquet(task.file("signed"), SCHEMA) as signed,
        heap.open("wb") as shingles,
    ):
        for table in _careful(batches(task.file("read")), judge, lost, unit):
            signed.write_table(table)
            offset = _describe(table, shingler, keys, shingles, offset)


def length_step(table: pa.Table, minimum: int) -> pa.Table:
    """Removes documents with fewer than `minimum` characters as `too_short`."""
    return settle(
        table,
        [
            (REMOVED, "too_short", f"{len(text.strip())} characters")
            if len(text.strip()) < minimum
            else None
            for text in table["text"].to_pylist()
        ],
    )


def _describe(
    table: pa.Table, shingler: Shingler, keys: pq.ParquetWriter, heap: Any, offset: int
) -> int:
    rows = [
        (name, text)
        for name, text, outcome in zip(
            *(table[column].to_pylist() for column in ("id", "text", "outcome")), strict=True
        )
        if not outcome
    ]
    sets = [shingler(text) for _, text in rows]
    described = []
    for (name, text), own, bands in zip(rows, sets, band_hashes(sets), strict=True):
        heap.write(own.astype("<u8").tobytes())
        described.append(
            {
                "id": name,
                "length": len(text),
                "bytes": len(text.encode()),
                "key": content_key(text),
                "bands": bands.astype("<u8").tobytes(),
                "offset": offset,
                "shingles": len(own),
            }
        )
        offset += 8 * len(own)
    keys.write_table(pa.Table.from_pylist(described, schema=KEYS))
    return offset


# Protect ------------------------------------------------------------------------------------


def protect_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """Settles duplicates and replaces personal data in what stays. Writes `protected`."""
    settings = task.settings
    duplicates = {
        row["id"]: (REMOVED, row["kind"], row["of"])
        for table in batches(Path(task.between) / "duplicates.parquet")
        for row in table.to_pylist()
    }

    def protect(table: pa.Table) -> pa.Table:
        table = settle(table, [duplicates.get(name) for name in table["id"].to_pylist()])
        return pii_step(table, settings)

    with whole_parquet(task.file("protected"), PROTECTED) as writer:
        for table in _careful(batches(task.file("signed")), protect, lost, unit):
            writer.write_table(table.select(PROTECTED.names).cast(PROTECTED))


def pii_step(table: pa.Table, settings: StepSettings) -> pa.Table:
    """Replaces personal data in the documents that stay.

    Adds `entities` (how many of each type) and `people` (keyed hashes of the strong
    identifiers, which tell whether two documents speak of the same person without telling of
    whom). Of a removed document only a short beginning is left, masked, as an example.
    """
    from dialecto.corpus.pii import Pseudonymiser, find_entities, value_key

    makers: dict[tuple[str, str], Pseudonymiser] = {}

    def replacer(policy: str, lang: str) -> Pseudonymiser:
        if (policy, lang) not in makers:
            makers[policy, lang] = Pseudonymiser(settings.key, policy, lang)  # type: ignore[arg-type]
        return makers[policy, lang]

    texts: list[str] = []
    counts: list[list[tuple[str, int]]] = []
    people: list[list[str]] = []
    for text, lang, outcome in zip(
        *(table[name].to_pylist() for name in ("text", "lang", "outcome")), strict=True
    ):
        lang = lang if lang in ("es", "en") else settings.lang
        kept = not outcome
        if not kept:
            text = text[:_EXAMPLE]
        elif not settings.pii_enabled:
            texts.append(text)
            counts.append([])
            people.append([])
            continue
        entities = find_entities(text, regions=settings.pii_regions, lang=lang)
        texts.append(
            replacer(settings.pii_policy if kept else "mask", lang).replace(text, entities)
        )
        found = Counter(entity.type for entity in entities) if kept else Counter()
        counts.append(sorted(found.items()))
        strong = {value_key(settings.key, e) for e in entities if _is_strong(e.type, e.text)}
        people.append(sorted(strong) if kept else [])
    table = with_columns(table, text=texts)
    table = table.append_column(
        PROTECTED.field("entities"), pa.array(counts, PROTECTED.field("entities").type)
    )
    return table.append_column(
        PROTECTED.field("people"), pa.array(people, PROTECTED.field("people").type)
    )


_STRONG = frozenset(("ID", "PHONE", "EMAIL", "RECORD", "IBAN", "CARD", "USERNAME", "PLATE"))


def _is_strong(kind: str, value: str) -> bool:
    """Whether a value points at one person: a first name alone does not, a full name does."""
    return kind in _STRONG or (kind == "NAME" and len(value.split()) >= 2)


def _careful(
    tables: Iterator[pa.Table],
    step: Callable[[pa.Table], pa.Table],
    lost: dict[int, str],
    unit: Unit,
) -> Iterator[pa.Table]:
    """The step on each table; a table that killed a worker is done row by row.

    So a document on which a step hangs or crashes is quarantined alone.
    """
    base = 0
    for table in tables:
        megabytes = table.nbytes / 1e6
        if base not in lost:
            unit(base, DOCUMENT_SECONDS + DOCUMENT_SECONDS_PER_MEGABYTE * megabytes)
            yield step(table)
        else:
            for row in range(len(table)):
                one = table.slice(row, 1)
                number = base + 1 + row
                if number in lost:
                    verdict = (QUARANTINED, lost[number], "a step failed on this document")
                    yield step(with_columns(settle(one, [verdict]), text=[""]))
                else:
                    unit(number, DOCUMENT_SECONDS + DOCUMENT_SECONDS_PER_MEGABYTE * megabytes)
                    yield step(one)
        base += 1 + len(table)
