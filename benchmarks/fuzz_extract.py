"""Spoilt files through the real workers: no crash of the run, no hang, no file without an answer.

    python benchmarks/fuzz_extract.py [--files 10000] [--seed 7] [--data FOLDER] [--workers 2]

Each file is a good one of some format with a few accidents (flips, cuts, insertions, swaps); with
--data also the files below that folder up to 1 MB. Prints what became of them by reason, the
slowest, and fails when a file gave no row, or when a good sibling in the same chunk was lost.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.corpus.extract.samples import good_files, spoil

from dialecto.corpus.chunks import ChunkTask, StepSettings
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.read import read_chunk
from dialecto.corpus.workers import Crew, Unit
from dialecto.recipe import CorpusSection

CHUNK = 100
LARGEST = 1_000_000


def timed_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """`read_chunk`, and how long each unit took beside its output."""
    times: list[tuple[float, int]] = []
    last = [time.monotonic(), -1]

    def timed(index: int, seconds: float) -> None:
        now = time.monotonic()
        times.append((now - last[0], int(last[1])))
        last[:] = [now, index]
        unit(index, seconds)

    read_chunk(task, lost, timed)
    times.append((time.monotonic() - last[0], int(last[1])))
    slowest = sorted(times, reverse=True)[:5]
    lines = [f"{seconds:.3f} {number % (1 << 20)}" for seconds, number in slowest if number >= 0]
    task.file("times", "txt").parent.mkdir(exist_ok=True)
    task.file("times", "txt").write_text("\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    # Workers import the function by name, which `__main__` is not.
    timed_chunk = importlib.import_module(Path(__file__).stem).timed_chunk
    good = list(good_files().items())
    if options.data:
        good += [
            (path.name, path.read_bytes())
            for path in sorted(options.data.rglob("*"))
            if path.is_file() and 0 < path.stat().st_size <= LARGEST
        ]
    draw = random.Random(options.seed)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tasks = []
        settings = StepSettings(CorpusSection(), "es", bytes(32))
        for number in range(0, options.files, CHUNK):
            chunk = number // CHUNK
            files = [_file(root, chunk, f"sano-{chunk}.txt", b"Un texto sano.")]
            for index in range(number, min(number + CHUNK, options.files)):
                name, data = good[index % len(good)]
                files.append(_file(root, chunk, f"{index:05d}-{name}", spoil(data, draw)))
            files.append(_file(root, chunk, f"z-sano-{chunk}.txt", b"Un texto sano."))
            tasks.append(ChunkTask(Chunk(chunk, tuple(files)), str(root / "between"), settings))
        print(f"{options.files:,} files of {len(good)} kinds written", flush=True)
        with Crew(options.workers) as crew:
            for done, _ in enumerate(crew.run(timed_chunk, tasks), 1):
                if done % 10 == 0:
                    print(f"{done * CHUNK:,} read, {time.monotonic() - start:.0f} s", flush=True)
        _report(tasks)
    print(f"{time.monotonic() - start:.0f} s")


def _file(root: Path, chunk: int, name: str, data: bytes) -> InputFile:
    place = root / f"{chunk:04d}" / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(data)
    return InputFile("fuzz", f"{chunk:04d}/{name}", str(place), len(data))


def _report(tasks: list[ChunkTask]) -> None:
    reasons: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    silent: list[str] = []
    for task in tasks:
        rows = pq.read_table(task.file("read")).to_pylist()
        reasons.update(row["reason"] or "text" for row in rows)
        paths = [row["path"] for row in rows]
        for file in task.chunk.files:
            own = [row for row in rows if row["path"].startswith(file.path)]
            if not own or ("sano" in file.path and own[0]["text"] != "Un texto sano."):
                silent.append(file.path)
        assert len(set(paths)) == len(paths), "two documents have one path"
        for line in task.file("times", "txt").read_text().splitlines():
            seconds, index = line.split()
            slowest.append((float(seconds), task.chunk.files[int(index)].path))
        for row in rows:
            if row["reason"] in ("timeout", "crashed"):
                print(f"{row['reason']}: {row['path']}")
    for reason, number in reasons.most_common():
        print(f"{number:8,} {reason}")
    print("slowest:", *(f"{seconds:.2f} s {path}" for seconds, path in sorted(slowest)[-5:]))
    if silent:
        raise SystemExit(f"without an answer: {silent[:20]}")


if __name__ == "__main__":
    main()
