"""How large a corpus is: documents, bytes, words, and the tokens that the field's arithmetic gives.

The arithmetic is tokens times bytes per token: 30T tokens at 4 bytes each are 120 TB of text
(109 TiB). Four is a rule of thumb for English with a large vocabulary; what this corpus' own
tokenizer needs is measured by the tokenizer stage and, before it, by `project.sizes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dialecto.corpus.split import SPLITS
from dialecto.reporting.cards.summary import size_band
from dialecto.runtime.files import write_json

FILE = "size.json"
RULE_BYTES_PER_TOKEN = 4
_UNITS = ("rows", "bytes", "characters", "words")


def measure_size(artefact: Path, documents: int) -> dict[str, Any]:
    """What `size.json` holds. Bytes are UTF-8; words stand between spaces.

    documents: how many were kept; a long one may have been cut into several rows. `read` is what
    an epoch of training reads, repeats of a balanced corpus included.
    """
    splits = {split: Counter[str]() for split in SPLITS}
    languages: dict[str, Counter[str]] = {}
    read = 0
    for split in SPLITS:
        for row in rows(artefact, split, ["text", "lang", "repeat"]):
            text = row["text"]
            size = {
                "rows": 1,
                "bytes": len(text.encode()),
                "characters": len(text),
                "words": len(text.split()),
            }
            splits[split].update(size)
            languages.setdefault(row["lang"] or "", Counter()).update(size)
            if split == "train":
                read += size["bytes"] * (row["repeat"] or 1)
    total = sum(splits.values(), Counter[str]())
    tokens = round(total["bytes"] / RULE_BYTES_PER_TOKEN)
    return {
        "documents": documents,
        **{unit: total[unit] for unit in _UNITS},
        "bytes_read_in_an_epoch": read,
        "bytes_per_word": round(total["bytes"] / max(total["words"], 1), 4),
        "rule": {
            "bytes_per_token": RULE_BYTES_PER_TOKEN,
            "tokens": tokens,
            "size_band": size_band(tokens),
        },
        "splits": {split: _counted(splits[split]) for split in SPLITS},
        "languages": {lang: _counted(languages[lang]) for lang in sorted(languages)},
    }


def _counted(counts: Counter[str]) -> dict[str, int]:
    return {unit: counts[unit] for unit in _UNITS}


def write_size(artefact: Path, documents: int) -> dict[str, Any]:
    """Writes `size.json` and returns it."""
    found = measure_size(artefact, documents)
    (artefact / FILE).unlink(missing_ok=True)
    write_json(artefact / FILE, found)
    return found


def rows(artefact: Path, split: str, columns: list[str]) -> Iterator[dict[str, Any]]:
    """Rows of a split's shards, few in memory at a time."""
    for shard in sorted((artefact / "documents").glob(f"{split}-*.parquet")):
        with pq.ParquetFile(shard) as file:
            for batch in file.iter_batches(batch_size=256, columns=columns):
                yield from batch.to_pylist()
