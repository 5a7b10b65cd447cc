"""Lines that many documents of a source share: page chrome, letterheads, legal footers.

First each chunk counts in how many documents a line stands, then the counts are added up,
then the lines found are dropped. A line counts as boilerplate when it stands in at least a
fifth of the documents of its source and format, and in at least five. Such lines are dropped
from a document's beginning and end; inside it only when they are long (a disclaimer), because
short ones there are structure ("Ejemplos", "Horario"). Headings are never dropped.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.table import with_columns

MINIMUM_DOCUMENTS = 5
MINIMUM_SHARE = 0.2
LONG_LINE = 80  # characters
_MAX_LINE = 600
_SITE = re.compile(r"https?://([^/:?#]+)", re.IGNORECASE)
_RECORD = re.compile(r"(\.\w{1,8}):[^/]*$")  # `file.jsonl:17`
_PACKED = (".gz", ".bz2", ".xz", ".zst")
_EDGE = 40  # lines looked at from either end: chrome is never longer

LineCounts = dict[tuple[str, int], int]  # (family, line hash) -> documents


def family(source: str, path: str) -> str:
    """Documents that may share chrome: those of a source in the same format, or of a web site."""
    member = path.rpartition("!/")[2]
    site = _SITE.match(member)
    if site:
        return f"{source}\t{site.group(1).lower()}"
    name = PurePosixPath(_RECORD.sub(r"\1", member))
    packed = name.suffix.lower() in _PACKED
    return f"{source}\t{PurePosixPath(name.stem if packed else name).suffix.lower()}"


def line_hash(line: str) -> int:
    """63 bits that name a line whatever its case and spacing; 0 for a line without words."""
    folded = " ".join(line.casefold().split())
    if not any(map(str.isalpha, folded)):
        return 0
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "big") >> 1


def _candidate_lines(text: str) -> set[int]:
    lines = [line for line in text.split("\n") if line.strip()]
    edge = lines if len(lines) <= 2 * _EDGE else lines[:_EDGE] + lines[-_EDGE:]
    inner = [line for line in lines[_EDGE:-_EDGE] if LONG_LINE <= len(line) <= _MAX_LINE]
    return {
        line_hash(line) for line in (*edge, *inner) if len(line) <= _MAX_LINE and line[0] != "#"
    } - {0}


def count_lines(table: pa.Table, counts: Counter[tuple[str, int]]) -> None:
    """Adds a table's lines to the counts; under (family, 0) the documents themselves."""
    for source, path, text, outcome in zip(
        *(table[name].to_pylist() for name in ("source", "path", "text", "outcome")), strict=True
    ):
        if outcome:
            continue
        group = family(source, path)
        counts[group, 0] += 1
        counts.update((group, line) for line in _candidate_lines(text))


def boilerplate_lines(counts: Iterable[tuple[str, int, int]]) -> dict[str, frozenset[int]]:
    """From (family, line hash, documents): the hashes to drop, by family."""
    found: dict[str, set[int]] = {}
    entries = list(counts)
    totals = {group: number for group, line, number in entries if line == 0}
    for group, line, number in entries:
        if line and number >= max(MINIMUM_DOCUMENTS, MINIMUM_SHARE * totals[group]):
            found.setdefault(group, set()).add(line)
    return {group: frozenset(lines) for group, lines in found.items()}


@lru_cache(maxsize=1)
def _read(path: Path) -> dict[str, frozenset[int]]:
    drop: dict[str, set[int]] = {}
    for row in pq.read_table(path).to_pylist():
        drop.setdefault(row["family"], set()).add(row["line"])
    return {group: frozenset(lines) for group, lines in drop.items()}


def read_boilerplate(between: Path) -> dict[str, frozenset[int]]:
    """The lines to drop, by family, as the global step left them; read once a process."""
    return _read(between / "boilerplate.parquet")


def without_boilerplate(text: str, drop: frozenset[int]) -> tuple[str, int]:
    """The text without its boilerplate lines, and how many went."""
    lines = text.split("\n")
    first, last = 0, len(lines)
    gone = 0
    while first < last and (_blank(lines[first]) or _drops(lines[first], drop)):
        gone += not _blank(lines[first])
        first += 1
    while last > first and (_blank(lines[last - 1]) or _drops(lines[last - 1], drop)):
        gone += not _blank(lines[last - 1])
        last -= 1
    kept = []
    for line in lines[first:last]:
        if len(line) >= LONG_LINE and _drops(line, drop):
            gone += 1
        else:
            kept.append(line)
    return ("\n".join(kept), gone) if gone else (text, 0)


def _blank(line: str) -> bool:
    return not line.strip()


def _drops(line: str, drop: frozenset[int]) -> bool:
    return line[:1] != "#" and len(line) <= _MAX_LINE and line_hash(line) in drop


def boilerplate_step(
    table: pa.Table, drop: dict[str, frozenset[int]], minimum: int = 1
) -> pa.Table:
    """Drops boilerplate lines and notes `boilerplate:<lines>` in `changes`.

    A document of which fewer than `minimum` characters would be left keeps its text: it is then
    judged as it is. Else a page that a source holds many times would vanish with all its copies.
    """
    if not drop:
        return table
    texts, changes = [], []
    for source, path, text, outcome, change in zip(
        *(table[name].to_pylist() for name in ("source", "path", "text", "outcome", "changes")),
        strict=True,
    ):
        lines = drop.get(family(source, path))
        if lines and not outcome:
            shorter, gone = without_boilerplate(text, lines)
            if gone and len(shorter.strip()) >= max(minimum, 1):
                text, change = shorter, [*change, f"boilerplate:{gone}"]
        texts.append(text)
        changes.append(change)
    return with_columns(table, text=texts, changes=changes)
