"""Peak memory of the corpus stage, and whether it grows with the corpus.

    python benchmarks/corpus_memory.py --data FOLDER --out FOLDER [--times 1 2]
    python benchmarks/corpus_memory.py --data FOLDER --out FOLDER --small 1700 --times 1 10

Runs `dialecto corpus` on the Spanish product documentation, once as it is and once doubled by
more files (the same pages with their lines in another order, so that they are no duplicates),
and adds up the resident memory of all its processes ten times a second. Shared pages count in
each process, so the figure is an upper bound. With `--small N` the corpus is N times as many files
of about 1.2 KB instead, of the documentation's sentences, most with their words in another order:
what the main process holds grows with the documents, not with the bytes. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import psutil

ARCHIVE = "pretrain_es/sqldocs_es_md_30MB.tar.gz"


def place(data: Path, folder: Path, times: int) -> None:
    """The documentation, `times` over."""
    if folder.is_dir():
        return
    with tarfile.open(data / ARCHIVE) as archive:
        archive.extractall(folder / "copy-1", filter="data")
    for path in sorted((folder / "copy-1").rglob("*.md")):
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        for copy in range(2, times + 1):
            random.Random(f"{copy} {path.name}").shuffle(lines)
            target = folder / f"copy-{copy}" / path.relative_to(folder / "copy-1")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(lines), encoding="utf-8")


def place_small(data: Path, folder: Path, number: int) -> None:
    """So many documents of about 1.2 KB."""
    if folder.is_dir():
        return
    sentences: list[str] = []
    with tarfile.open(data / ARCHIVE) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(".md") else None
            if content and len(sentences) < 5_000:
                text = content.read().decode("utf-8", "replace")
                found = re.split(r"(?<=[.])\s+", text)
                sentences += [s for s in found if 40 < len(s) < 300 and not set("|`<") & set(s)]
    for name in range(number):
        draw = random.Random(name)
        lines: list[str] = []
        while sum(map(len, lines)) < 1_200:
            words = draw.choice(sentences).split()
            if draw.random() < 0.7:
                draw.shuffle(words)
            lines.append(" ".join(words))
        path = folder / f"{name // 500:04d}" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")


def tree_memory(process: psutil.Process) -> int:
    """Resident bytes of a process and all below it."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_info().rss
        except psutil.Error:  # it ended between being listed and being asked
            continue
    return total


def measure(project: Path) -> tuple[float, float, dict[str, float]]:
    """(peak bytes, seconds, metrics) of one run of the stage."""
    command = [sys.executable, "-m", "dialecto", "corpus", "--again", "--project", str(project)]
    started, peak = time.monotonic(), 0
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, tree_memory(watched))
            except psutil.Error:
                break
            time.sleep(0.1)
        assert process.stdout is not None
        answer = json.loads(process.stdout.read())
    return peak, time.monotonic() - started, answer["stages"]["corpus"]["metrics"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--times", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--small", type=int, default=0, help="documents of 1.2 KB, times 1")
    options = parser.parse_args()
    print("| documents in | kept | MB in | s | peak MB |\n|---|---|---|---|---|", flush=True)
    for times in options.times:
        root = options.out / f"times-{times}"
        if options.small:
            place_small(options.data, root / "documents", times * options.small)
        else:
            place(options.data, root / "documents", times)
        project = root / "project"
        if not (project / "dialecto.yaml").is_file():
            words = ["new", str(project), "--objective", "text", "--lang", "es", "--name", "docs"]
            subprocess.run(
                [sys.executable, "-m", "dialecto", *words, "--source", str(root / "documents")],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        peak, seconds, made = measure(project)
        print(
            f"| {made['documents.in']:,} | {made['documents.kept']:,} "
            f"| {made['bytes.in'] / 1e6:.1f} | {seconds:.0f} | {peak / 1e6:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
