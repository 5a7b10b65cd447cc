"""The map of pseudonyms: which value each stands for. Kept only when asked for, and sealed.

It is a file of the artefact, so that it is verified with it and goes when it goes; without the
owner's key it is noise. JSON lines `[type, surrogate, original, documents]`, sorted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.keys import normalise
from dialecto.corpus.pii.vault import owner, seal, unseal
from dialecto.runtime.errors import DialectoError

MAP_FILE = "pseudonyms.sealed"
_ROWS = 2_000


@dataclass(frozen=True)
class Entry:
    """A pseudonym, what it stands for, and in how many documents."""

    type: str
    pseudonym: str
    original: str
    documents: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def write_map(path: Path, files: Sequence[Path], spill: Path) -> int:
    """Seals the `pairs` columns of these Parquet files; returns the number of pseudonyms.

    Pairs are gathered by DuckDB, which spills to `spill`: memory is bounded.
    """
    rows = 0

    def content() -> Iterator[bytes]:
        nonlocal rows
        rows = 0
        for batch in _gathered(files, spill):
            rows += len(batch)
            lines = (json.dumps(row, ensure_ascii=False) for row in batch)
            yield ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")

    seal(path, content, owner())
    return rows


def _gathered(files: Sequence[Path], spill: Path) -> Iterator[list[tuple[Any, ...]]]:
    import duckdb

    if not files:
        return
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(spill)])
        connection.execute(
            "SELECT pair.type, pair.surrogate, pair.original, count(*)::BIGINT "
            "FROM (SELECT unnest(pairs) AS pair FROM read_parquet(?)) "
            "GROUP BY ALL ORDER BY ALL",
            [[str(file) for file in files]],
        )
        while batch := connection.fetchmany(_ROWS):
            yield batch


def read_map(path: Path) -> Iterator[Entry]:
    """Every entry, in order. Raises DialectoError when the key or the file is not the one."""
    held = b""
    for piece in unseal(path):
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            kind, pseudonym, original, documents = json.loads(line.decode("utf-8", "surrogatepass"))
            yield Entry(kind, pseudonym, original, documents)


def map_file(corpus: Path) -> Path:
    """The map of a corpus' artefact. Raises DialectoError when none was kept."""
    path = corpus / MAP_FILE
    if not path.exists():
        raise DialectoError(
            "this corpus keeps no map of its pseudonyms. To have one: `corpus: {pii: {map: "
            "encrypted}}` in the recipe, and `dialecto run` again."
        )
    return path


def reveal(path: Path, pseudonym: str) -> list[Entry]:
    """The entries whose pseudonym is this one, whatever its case, signs and spaces."""

    def plain(kind: str, value: str) -> str:
        return normalise(kind, value) or value.strip()

    return [e for e in read_map(path) if plain(e.type, e.pseudonym) == plain(e.type, pseudonym)]


def counts(path: Path) -> Counter[str]:
    """Pseudonyms by type; reads the whole map, so a changed one is noticed."""
    return Counter(entry.type for entry in read_map(path))
