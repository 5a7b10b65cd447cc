"""The corpus stage beside its peers: whole pipeline, near-duplicates, each step, languages.

    python benchmarks/corpus.py --data FOLDER [--share 10] [--repeats 3] [--json FILE]

FOLDER has the archives named below. datatrove, datasketch and spaCy's tokenizer come from PyPI into
an environment of their own (`--peers`: a folder to make it in, or to find it in; else a temporary
one). `--share N` takes every N-th file of the large archive. Everything runs on one core, ours and
the peer's in turn; speeds are megabytes of input per second of processor time, of the process and
its children from start to end, libraries and models included on both sides, so that what else the
machine does counts little. Prints Markdown, then the numbers.

datatrove gets its documents as JSON Lines, made before it starts, because it has no reader of
Markdown or HTML files; of HTML it gets the pages' markup, and extracts their text by its own step,
Trafilatura, as we do by ours. It does not look for personal data, harm, poison or languages, and
does not split, where we do. The second row for HTML takes its extraction out of its time, and
leaves ours in.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = ("datatrove[processing,io]", "lxml_html_clean", "spacy", "datasketch", "xxhash")
CORPORA = (  # name, archive, ending of its documents, what datatrove has to extract
    ("Spanish product documentation", "pretrain_es/sqldocs_es_md_30MB.tar.gz", ".md", "text"),
    ("mclibre, HTML", "pretrain_es/mclibre_php_html.tar.gz", ".html", "html"),
)
DOCUMENTS, COPIES, NEAR_MISSES = 20_000, 4_000, 4_000
THRESHOLD, CLEAR = 0.8, 0.04  # nothing is planted this near to the threshold
PARTS = ("pipeline", "copies", "steps", "languages")


def peer_python(folder: Path) -> Path:
    """The Python of the peers' environment, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", *PEERS], check=True, stderr=subprocess.DEVNULL
        )
    return python


def measured(core: int, python: Path | str, script: str, *words: str | Path) -> dict[str, Any]:
    """The last line that a script prints, run on one core; `whole`: its processor seconds."""
    pin: Callable[[], None] | None = None
    if hasattr(os, "sched_setaffinity"):

        def pin() -> None:
            os.sched_setaffinity(0, {core})

    found = [path for path in sys.path[1:] if path and "site-packages" not in path]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(found) if python == sys.executable else ""
    # Both sides as they are installed: pip compiles what it installs, the peer's and ours.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [str(python), str(HERE / script), *map(str, words)],
        preexec_fn=pin,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{script} {words[0]} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return {**answer, "whole": whole}


def unpack(archive: Path, folder: Path, ending: str, share: int) -> int:
    """Every share-th file below `folder`, and the same as `folder`.jsonl; returns the bytes."""
    size = number = 0
    with tarfile.open(archive) as files, folder.with_suffix(".jsonl").open("w") as lines:
        for member in files:
            name = member.name.lower()
            if not member.isfile() or not name.endswith((ending, ending.removesuffix("l"))):
                continue
            number += 1
            if number % share:
                continue
            content = files.extractfile(member)
            assert content is not None
            data = content.read()
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            size += len(data)
            text = data.decode("utf-8", "replace")
            lines.write(json.dumps({"id": member.name, "text": text}) + "\n")
    return size


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, and the lowest and highest where there are several."""
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def pipelines(data: Path, work: Path, python: Path, options: argparse.Namespace) -> Any:
    """Whole pipelines in turn; MB per second of one core."""
    print("\n| corpus | MB | ours MB/s | datatrove MB/s | ratio | kept of (ours; datatrove) |")
    print("|---|---|---|---|---|---|", flush=True)
    found = []
    for name, archive, ending, kind in CORPORA:
        folder = work / archive.split("/")[1].split("_")[0]
        share = options.share if kind == "text" else 1
        size = unpack(data / archive, folder, ending, share) / 1e6
        runs = []
        for repeat in range(options.repeats):
            out = work / f"{folder.name}-{repeat}"
            ours = measured(options.core, sys.executable, "corpus_ours.py",
                            "pipeline", folder, out / "ours")  # fmt: skip
            lines = folder.with_suffix(".jsonl")
            theirs = measured(options.core, python, "corpus_peers.py",
                              "datatrove", lines, out / "peer", kind)  # fmt: skip
            runs.append({"ours": ours, "datatrove": theirs})
        last = runs[-1]
        kept = f"{last['ours']['documents.kept']} of {last['ours']['documents.in']}"
        spent = {"": [(run["ours"]["whole"], run["datatrove"]["whole"]) for run in runs]}
        if kind == "html":
            spent[", datatrove not extracting"] = [
                (run["ours"]["whole"], run["datatrove"]["whole"] - run["datatrove"]["extracting"])
                for run in runs
            ]
        for variant, seconds in spent.items():
            mine, other = ([size / own for own in side] for side in zip(*seconds, strict=True))
            ratios = [one / two for one, two in zip(mine, other, strict=True)]
            print(
                f"| {name}{variant} | {size:.1f} | {spread(mine)} | {spread(other, 3)} "
                f"| {spread(ratios, 1)} | {kept}; {last['datatrove']['kept']} |",
                flush=True,
            )
            found.append({"corpus": name + variant, "megabytes": size, "ratios": ratios})
        found.append({"corpus": name, "runs": runs})
    return found


def planted(path: Path, seed: int) -> dict[str, str]:
    """Writes 20,000 documents of made-up words; returns copies by the id of their original.

    A copy shares more than THRESHOLD + CLEAR of its 5-grams with its original, a near miss less
    than THRESHOLD - CLEAR but at least half; nothing else has anything in common.
    """
    draw = random.Random(seed)
    syllables = [a + b for a in "bcdfghlmnprstv" for b in ("a", "e", "i", "o", "u", "an", "es")]
    words = sorted({"".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(20_000)})

    def grams(text: Sequence[str]) -> set[tuple[str, ...]]:
        return {tuple(text[i : i + 5]) for i in range(len(text) - 4)}

    def variant(text: list[str], low: float, high: float) -> list[str]:
        own = grams(text)
        while True:
            other = list(text)
            wanted = draw.uniform(low, high)
            # Each word that changes costs five 5-grams in both.
            for _ in range(max(1, round((1 - wanted) / (1 + wanted) * len(own) / 5))):
                other[draw.randrange(len(other))] = draw.choice(words)
            theirs = grams(other)
            if low <= len(own & theirs) / len(own | theirs) <= high:
                return other

    texts = [draw.choices(words, k=draw.randint(60, 300)) for _ in range(DOCUMENTS)]
    originals = DOCUMENTS - COPIES - NEAR_MISSES
    truth = {}
    for number in range(COPIES + NEAR_MISSES):
        copied = number < COPIES
        limits = (THRESHOLD + CLEAR, 0.98) if copied else (0.5, THRESHOLD - CLEAR)
        texts[originals + number] = variant(texts[number], *limits)
        if copied:
            truth[f"d{number:05d}"] = f"d{originals + number:05d}"
    order = list(range(DOCUMENTS))
    draw.shuffle(order)
    with path.open("w", encoding="utf-8") as lines:
        for number in order:
            row = {"id": f"d{number:05d}", "text": " ".join(texts[number])}
            lines.write(json.dumps(row) + "\n")
    return truth


def scores(removed: Sequence[str], truth: dict[str, str]) -> tuple[float, float]:
    """(recall, precision): a pair is found when one of the two goes; all else is wrong."""
    gone = set(removed)
    found = sum(original in gone or copy in gone for original, copy in truth.items())
    return found / len(truth), found / len(gone) if gone else 1.0


def near_duplicates(work: Path, python: Path, options: argparse.Namespace) -> Any:
    """Ours and datasketch's search among planted copies, 128 permutations each."""
    texts, shingles = work / "planted.jsonl", work / "shingles.npz"
    truth = planted(texts, 20261121)
    runs = []
    for _ in range(options.repeats):
        ours = measured(options.core, sys.executable, "corpus_ours.py",
                        "copies", texts, shingles, str(THRESHOLD))  # fmt: skip
        theirs = measured(options.core, python, "corpus_peers.py",
                          "datasketch", texts, shingles, str(THRESHOLD))  # fmt: skip
        runs.append({"ours": ours, "datasketch": theirs})
    size = texts.stat().st_size / 1e6
    print(
        f"\n{DOCUMENTS:,} documents, {size:.1f} MB: {COPIES:,} copies, {NEAR_MISSES:,} near misses"
    )
    print("The figure is that from texts. The others leave out what we do at once (shingling and")
    print("hashing), and so favour datasketch: with a faster hash than its own, or hashes ready.")
    print("| | recall | precision | s from texts | the same, xxhash | s from shingles | hashed |")
    print("|---|---|---|---|---|---|---|")
    ways = ("texts", "texts_fast", "given", "hashed")
    for who in ("ours", "datasketch"):
        recall, precision = scores(runs[-1][who]["removed"], truth)
        times = [spread([run[who][way]["cpu"] for run in runs]) for way in ways]
        print(f"| {who} | {recall:.4f} | {precision:.4f} | " + " | ".join(times) + " |")
        for run in runs:
            run[who]["scores"] = scores(run[who].pop("removed"), truth)
    ratios = {
        way: [run["datasketch"][way]["cpu"] / run["ours"][way]["cpu"] for run in runs]
        for way in ways
    }
    shown = " | ".join(spread(ratios[way], 1) for way in ways)
    print(f"| times faster | | | {shown} |", flush=True)
    return {"ratios": ratios, "runs": runs}


def each_step(data: Path, work: Path, options: argparse.Namespace) -> Any:
    """MB/s of each step on each corpus, and where in the code its time goes."""
    everything = []
    for name, archive, ending, kind in CORPORA:
        folder = work / f"steps-{kind}"
        size = unpack(data / archive, folder, ending, options.share if kind == "text" else 1) / 1e6
        found = measured(
            options.core, sys.executable, "corpus_ours.py", "steps", folder, work / f"s-{kind}"
        )
        total = sum(step["seconds"] for step in found["steps"])
        print(
            f"\n{name}: {size:.1f} MB, {total:.1f} s of processor, {size / total:.2f} MB/s in all"
        )
        print("| step | MB/s | share of the time | most of it in |\n|---|---|---|---|")
        for step in found["steps"]:
            if step["seconds"] >= 0.05:
                print(
                    f"| {step['step']} | {size / step['seconds']:.1f} "
                    f"| {step['seconds'] / total:.1%} | {step['limit']} |",
                    flush=True,
                )
        everything.append({"corpus": name, **found})
    return everything


def all_languages(data: Path, options: argparse.Namespace) -> Any:
    """Languages of the Universal Declaration's paragraphs."""
    archive = data / "langid" / "udhr2.zip"
    found = measured(options.core, sys.executable, "corpus_ours.py", "languages", archive)
    print(f"\nidentified at {found['megabytes'] / found['cpu']:.1f} MB/s")
    print("| language | paragraphs | right | whole texts |\n|---|---|---|---|")
    for code, row in found["languages"].items():
        share = row["right"] / row["paragraphs"]
        print(f"| {code} | {row['paragraphs']} | {share:.3f} | {'yes' if row['whole'] else 'no'} |")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", type=Path, help="the peers' virtual environment")
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path, help="where to write all the numbers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dialecto-benchmark-") as folder:
        work = Path(folder)
        model = next(
            (
                line.split(":")[1].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")
            ),
            platform.processor(),
        )
        print(f"{model}, {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}")
        results: dict[str, Any] = {"machine": model, "share": options.share}
        compileall.compile_dir(str(files("dialecto")), quiet=1)
        peers = options.peers or work / "peers"
        if {"pipeline", "copies"} & set(options.only):
            python = peer_python(peers.absolute())
        if "copies" in options.only:
            results["copies"] = near_duplicates(work, python, options)
        if "steps" in options.only:
            results["steps"] = each_step(options.data, work, options)
        if "languages" in options.only:
            results["languages"] = all_languages(options.data, options)
        if "pipeline" in options.only:
            results["pipeline"] = pipelines(options.data, work, python, options)
        print(f"\nload after: {os.getloadavg()[0]:.1f}")
        if options.json:
            options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
        else:
            print(json.dumps(results))


if __name__ == "__main__":
    main()
