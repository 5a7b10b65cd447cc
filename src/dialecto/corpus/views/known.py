"""Files compared with what a corpus holds already, before they become a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from dialecto.corpus.index import described, find_in_indexes, index_file
from dialecto.corpus.pii import pseudonym_key
from dialecto.corpus.plan import list_files
from dialecto.corpus.read import read_file
from dialecto.recipe import Source
from dialecto.runtime import DialectoError

_TOGETHER = 2_000


def known_documents(paths: Sequence[Path], corpus: Path, threshold: float) -> dict[str, Any]:
    """Which documents in these files or folders repeat one of a corpus, and which.

    corpus: an artefact or its `index.parquet`. Boilerplate is not dropped here, so a document
    that is mostly page chrome may pass for new. Raises DialectoError without files or index.
    """
    sources = [Source(path=str(path.resolve()), name=path.name or "source") for path in paths]
    files = list_files(sources, Path("/"), "documents")
    if not files:
        raise DialectoError(f"no file to read in {', '.join(map(str, paths))}.")
    counts: Counter[str] = Counter()

    def texts() -> Iterator[tuple[str, str]]:
        for file in files:
            for row in read_file(file):
                if row["outcome"]:
                    counts["unreadable"] += 1
                else:
                    counts["documents"] += 1
                    yield f"{row['source']}/{row['path']}", row["text"]

    found = []
    left = texts()
    while batch := list(islice(left, _TOGETHER)):
        found += find_in_indexes(described(batch), [index_file(corpus)], threshold, pseudonym_key())
    return {
        "documents": counts["documents"],
        "unreadable": counts["unreadable"],
        "known": len(found),
        "duplicates": [
            {"path": r.id, "of": r.of, "kind": r.kind, "similarity": round(r.similarity, 4)}
            for r in sorted(found, key=lambda r: r.id)
        ],
    }
