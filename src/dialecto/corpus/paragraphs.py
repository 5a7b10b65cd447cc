"""Long paragraphs that several documents share stay in one of them only.

A paragraph is what stands between blank lines, compared without case and spacing. Headings,
lists, tables, code, quotations, markup and numbered clauses are structure: a document without
them would be another document, so they always stay. The one that keeps a paragraph has the best
quality, then the smallest id; whoever loses one says so in `changes` (`paragraphs:2`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.chunks import whole_parquet
from dialecto.corpus.table import REMOVED, settle, with_columns

if TYPE_CHECKING:
    from dialecto.corpus.global_steps import Work
    from dialecto.corpus.verdicts import Verdict

FOUND = pa.schema([("id", pa.string()), ("hash", pa.int64()), ("quality", pa.float64())])
REPEATED = pa.schema([("id", pa.string()), ("hash", pa.int64())])
_BLANK = re.compile(r"(\n[ \t]*\n\s*)")
_FENCE = re.compile(r"^[ \t>]{0,12}(?:```|~~~)", re.MULTILINE)
_STRUCTURE = re.compile(
    r"\s{4}|[#|<>*+\-–•·:]|\d{1,3}\s*[.)ºª°-]|[a-zA-Z]\s?[.)]\s|\(\w{1,4}\)"
    r"|(?:art[íi]culo|article|cl[áa]usula|clause|secci[óo]n|section|anexo|annex|cap[íi]tulo)\b"
    r"|(?:primer|segund|tercer|cuart|quint|sext|s[ée]ptim|octav|noven|d[ée]cim|[úu]nic)[oa]\b",
    re.IGNORECASE,
)


def paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces which joined are the text, and whether a piece may be dropped.

    Pieces are paragraphs and the blank lines after them.
    """
    fenced = False
    pieces = _BLANK.split(text)
    for number in range(0, len(pieces), 2):
        block = pieces[number]
        marks = len(_FENCE.findall(block)) if "`" in block or "~" in block else 0
        prose = not fenced and not marks and not _STRUCTURE.match(block)
        fenced ^= bool(marks % 2)
        yield block + (pieces[number + 1] if number + 1 < len(pieces) else ""), prose


def paragraph_hash(block: str, minimum_words: int) -> int | None:
    """63 bits that name a paragraph whatever its case and spacing; None when it is too short."""
    words = block.casefold().split()
    if len(words) < minimum_words:
        return None
    digest = hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def paragraph_hashes(text: str, minimum_words: int) -> list[int]:
    """The distinct long paragraphs of a text, sorted."""
    if len(text) < 2 * minimum_words:
        return []
    found = {paragraph_hash(block, minimum_words) for block, prose in paragraphs(text) if prose}
    return sorted(number for number in found if number is not None)


def without_paragraphs(text: str, drop: frozenset[int], minimum_words: int) -> tuple[str, int]:
    """The text without these paragraphs, and how many went."""
    kept: list[str] = []
    gone = 0
    for block, prose in paragraphs(text):
        if prose and paragraph_hash(block, minimum_words) in drop:
            gone += 1
        else:
            kept.append(block)
    return ("".join(kept).rstrip("\n"), gone) if gone else (text, 0)


def found_paragraphs(table: pa.Table, minimum_words: int) -> pa.Table:
    """The long paragraphs of the undecided documents, as `FOUND`."""
    rows = [
        {"id": name, "hash": number, "quality": dict(measures or ()).get("quality.score", 0.0)}
        for name, text, outcome, measures in zip(
            *(table[c].to_pylist() for c in ("id", "text", "outcome", "measures")), strict=True
        )
        if not outcome
        for number in paragraph_hashes(text, minimum_words)
    ]
    return pa.Table.from_pylist(rows, schema=FOUND)


def find_repeated(work: Work) -> list[Verdict]:
    """Writes `repeated.parquet`: which paragraphs leave which documents. Settles none.

    It is the last of the global steps, so that the one that keeps a paragraph is in the corpus.
    """
    import duckdb

    if not work.tasks:  # nothing but conversations
        return []
    wanted = work.settings.section.dedup.paragraphs
    ids = [table["id"] for table in work.documents(["id"])]
    open_ = pa.table({"id": pa.chunked_array([c for col in ids for c in col.chunks], pa.string())})
    files = str(work.between / "paragraphs" / "*.parquet").replace("'", "''")
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(work.between / "spill")])
        connection.register("open_documents", open_)
        result = connection.sql(
            f"""
            WITH found AS (
                SELECT id, hash, quality FROM read_parquet('{files}')
                SEMI JOIN open_documents USING (id)
            ), owned AS (
                SELECT hash, arg_min(id, (round(-10 * quality), id)) AS owner
                FROM found GROUP BY hash HAVING count(*) >= ?
            )
            SELECT found.id, found.hash FROM found JOIN owned USING (hash)
            WHERE found.id <> owner ORDER BY found.id, found.hash
            """,
            params=[wanted.minimum_documents],
        )
        with whole_parquet(work.between / "repeated.parquet", REPEATED) as writer:
            for batch in result.to_arrow_reader(100_000):
                writer.write_table(pa.Table.from_batches([batch]).cast(REPEATED))
    return []


def paragraphs_step(
    table: pa.Table, repeated: Path, minimum_words: int, minimum_characters: int
) -> pa.Table:
    """Drops what `repeated.parquet` names and notes `paragraphs:<number>` in `changes`.

    A document of which less than `minimum_characters` is left is removed as `repeated`.
    """
    wanted = pc.field("id").isin(table["id"].combine_chunks())
    drop: dict[str, set[int]] = {}
    for row in pq.read_table(repeated, filters=wanted).to_pylist():
        drop.setdefault(row["id"], set()).add(row["hash"])
    if not drop:
        return table
    texts, changes, verdicts = [], [], []
    for name, text, outcome, change in zip(
        *(table[c].to_pylist() for c in ("id", "text", "outcome", "changes")), strict=True
    ):
        verdict = None
        if name in drop and not outcome:
            shorter, gone = without_paragraphs(text, frozenset(drop[name]), minimum_words)
            if len(shorter.strip()) < minimum_characters:
                verdict = (REMOVED, "repeated", f"{gone} paragraphs that other documents have")
            else:
                text, change = shorter, [*(change or ()), f"paragraphs:{gone}"]
        texts.append(text)
        changes.append(change)
        verdicts.append(verdict)
    return settle(with_columns(table, text=texts, changes=changes), verdicts)
