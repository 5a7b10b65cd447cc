"""What training loses so that held-out documents stay unseen, and what stays exposed.

    python benchmarks/held_out.py ARCHIVE.tar.gz [--held 0.2] [--seed 1]

ARCHIVE holds text files. They are split at random, file by file (the product groups near-duplicates
first, so that less is shared). For each rule a line: how many per cent of the training documents
leave, and how many per cent of the held-out documents' passages (of 50 words, in 10 documents at
most) still stand in training. "ours" is what the product does; the others count differently.
"""

from __future__ import annotations

import argparse
import random
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.held_out import COPIED, passages, shared_with_held_out


def read(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.isfile() and m.size]
        return [tar.extractfile(m).read().decode("utf-8", "replace") for m in members]  # type: ignore[union-attr]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--held", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    texts = read(given.archive)
    draw = random.Random(given.seed)
    split = {
        f"{n:06d}": "test" if draw.random() < given.held else "train" for n in range(len(texts))
    }
    table = passages(pa.table({"id": list(split), "text": texts, "outcome": [""] * len(texts)}))
    of: dict[str, set[int]] = defaultdict(set)
    for name, passage in zip(table["id"].to_pylist(), table["passage"].to_pylist(), strict=True):
        of[name].add(passage)
    copies = Counter(passage for found in of.values() for passage in found)
    held = [name for name in of if split[name] != "train"]
    owners: dict[int, list[str]] = defaultdict(list)
    for name in held:
        for passage in of[name]:
            if copies[passage] <= COPIED:
                owners[passage].append(name)
    training = [name for name in split if split[name] == "train"]

    def most(name: str, limit: int = COPIED) -> float:
        """The largest share of a held-out document's passages that this one has."""
        shared = Counter(o for p in of[name] if copies[p] <= limit for o in owners.get(p, ()))
        return max((count / len(of[other]) for other, count in shared.items()), default=0.0)

    with TemporaryDirectory() as folder:
        pq.write_table(table, Path(folder) / "passages")
        task: Any = SimpleNamespace(file=lambda name: Path(folder) / name)
        ours = shared_with_held_out([task], Path(folder), split)
    rules: dict[str, Callable[[str], bool]] = {
        "none": lambda _: False,
        "any passage": lambda name: most(name) > 0,
        "any passage, in 5 documents at most": lambda name: most(name, 5) > 0,
        "any passage, in 3 documents at most": lambda name: most(name, 3) > 0,
        "a fiftieth of a document": lambda name: most(name) >= 0.02,
        "a tenth of a document": lambda name: most(name) >= 0.1,
        "ours": lambda name: name in ours,
    }
    asked = sum(copies[p] <= COPIED for name in held for p in of[name])
    print(f"{len(texts)} documents, {sum(map(len, texts)) / 1e6:.1f} M characters\n")
    print("| rule | training documents that leave | passages still exposed |\n|---|---|---|")
    for title, leaves in rules.items():
        stay = [name for name in training if not leaves(name)]
        seen = set().union(*(of[name] for name in stay))
        exposed = sum(p in seen and copies[p] <= COPIED for name in held for p in of[name])
        gone = 1 - len(stay) / len(training)
        print(f"| {title} | {gone:.2%} | {exposed / asked:.2%} |", flush=True)


if __name__ == "__main__":
    main()
