"""A corpus' size in tokens: by the rule of thumb, and by its own measured ratio.

The ratio is the tokenizer stage's when it has run on this corpus. Before that a quick BPE is
learnt from one half of a small sample and counts the other half, with as many tokens in its
vocabulary as the stage would choose; it comes out a few per cent too careful, for it has seen
less text.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from dialecto.corpus.size import FILE, measure_size, rows
from dialecto.project.store import MANIFEST, Store
from dialecto.reporting.cards.summary import size_band
from dialecto.runtime import DialectoError
from dialecto.runtime.files import read_json

SAMPLE_BYTES = 2_000_000
MEASURED, ESTIMATED = "measured", "estimated"


def corpus_size(folder: Path) -> dict[str, Any]:
    """`size.json` of a corpus artefact, and its tokens; measured where its project has a tokenizer.

    Raises DialectoError when the corpus holds no text.
    """
    path = folder / FILE
    size: dict[str, Any] = read_json(path) if path.is_file() else measure_size(folder, 0)
    if not size["bytes"]:
        raise DialectoError(f"{folder} holds no text.")
    measured = _measured(folder, Store(folder.parent.parent))
    ratio = measured or _estimated(folder, size["bytes"])
    tokens = round(size["bytes"] / ratio)
    size["own"] = {
        "method": MEASURED if measured else ESTIMATED,
        "bytes_per_token": round(ratio, 4),
        "tokens": tokens,
        "tokens_read_in_an_epoch": round(size["bytes_read_in_an_epoch"] / ratio),
        "tokens_per_word": round(tokens / max(size["words"], 1), 4),
        "size_band": size_band(tokens),
    }
    return size


def _measured(folder: Path, store: Store) -> float | None:
    """The ratio of the tokenizer that was made from this very corpus."""
    digest = store.current("tokenizer")
    if digest is None:
        return None
    manifest = read_json(store.folder("tokenizer", digest) / MANIFEST)
    if manifest.get("inputs", {}).get("corpus") != folder.name:
        return None
    ratio = float(manifest.get("metrics", {}).get("bytes_per_token", 0))
    return ratio or None


def _estimated(folder: Path, size: int) -> float:
    """Bytes per token of a quick BPE on half a sample, counted on the other half."""
    from dialecto.tokenizer.train import train_bpe
    from dialecto.tokenizer.vocabulary import vocabulary_size

    halves: tuple[list[str], list[str]] = ([], [])
    for row in rows(folder, "train", ["id", "text"]):
        draw = int.from_bytes(hashlib.blake2b(row["id"].encode(), digest_size=8).digest(), "big")
        if draw / 2**64 < SAMPLE_BYTES / size:
            # Pieces, so that a book that is the corpus lies in both halves.
            text = row["text"][:SAMPLE_BYTES]
            for number, start in enumerate(range(0, len(text), 4_000)):
                halves[(draw + number) % 2].append(text[start : start + 4_000])
    learnt, counted = (half or halves[0] or halves[1] for half in halves)
    tokenizer = train_bpe(learnt, vocabulary=vocabulary_size(size))
    tokens = sum(len(e.ids) for e in tokenizer.encode_batch(counted, add_special_tokens=False))
    return sum(len(text.encode()) for text in counted) / max(tokens, 1)
