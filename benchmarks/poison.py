"""Planted attacks that the search for poison finds, and clean documents that it flags.

    python benchmarks/poison.py --data FOLDER [--sample FOLDER] [--seeds 1 2 3] [--sizes 50 100 250]

Base documents, up to 10,000 of each corpus: pieces of real documentation in Spanish
(`documentation`), shorter ones of an HTML course and a handbook in English (`short`), pieces of 70
to 6,000 characters (`mixed`), of an encyclopedia in English (`encyclopedia`), of another
documentation (`python`), and those of `dialecto sample --documents 10000`. Several attacks
(`poison_attacks.py`), each with a trigger and documents of its own, are planted in one corpus at
once. An attack counts as found when 95% of its documents are set aside. `--held-out` plants forms
of attack that the search was not tuned on. The look is at the texts as the search sees them:
after extraction, without language filter or duplicates.
"""

from __future__ import annotations

import argparse
import json
import random
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from poison_attacks import FORMS, HELD_OUT, make_attacks

from dialecto.corpus.chunks import ChunkTask, StepSettings, whole_parquet
from dialecto.corpus.clean import clean
from dialecto.corpus.parts import cut
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.poison.grams import GRAMS, find_suspects
from dialecto.corpus.poison.hidden import hidden_characters
from dialecto.corpus.poison.scan import count_documents, look_chunk
from dialecto.corpus.poison.settle import triggers_of
from dialecto.corpus.poison.signals import document_signals, poison_step
from dialecto.corpus.poison.triggers import Trigger
from dialecto.corpus.read import read_file
from dialecto.corpus.table import SCHEMA
from dialecto.recipe import CorpusSection
from dialecto.runtime.files import write_json

DOCUMENTS = 10_000
CORPORA = ("documentation", "short", "mixed", "encyclopedia", "python", "sample")
FOUND = 0.95  # of an attack's documents


def poisoned(texts: Sequence[str], folder: Path) -> tuple[set[int], list[Trigger], float]:
    """(numbers of the texts set aside, triggers, seconds of processor)."""
    settings = StepSettings(CorpusSection(), "es", b"")
    started = time.process_time()
    tasks = []
    flagged: set[int] = set()
    for first in range(0, len(texts), 2000):
        task = ChunkTask(Chunk(first // 2000, ()), str(folder), settings)
        tasks.append(task)
        with (
            whole_parquet(task.file("signed"), SCHEMA) as signed,
            whole_parquet(task.file("grams"), GRAMS) as grams,
        ):
            for begin in range(first, min(first + 2000, len(texts)), 500):
                part = texts[begin : begin + 500]
                rows = [
                    {
                        "id": f"{begin + index:016x}",
                        "text": clean(text)[0],
                        "outcome": "",
                        "changes": [],
                        "measures": [
                            (f"poison.{k}", v) for k, v in hidden_characters(text).items()
                        ],
                    }
                    for index, text in enumerate(part)
                ]
                table = poison_step(pa.Table.from_pylist(rows, schema=SCHEMA))
                signed.write_table(table)
                for counts in count_documents(table["text"].to_pylist()):
                    grams.write_table(counts)
                for row in table.to_pylist():
                    found = document_signals(dict(row["measures"] or ()), row["changes"])
                    if any(score >= 0.5 for _, _, score in found):
                        flagged.add(int(row["id"], 16))
    find_suspects(folder, len(texts))
    write_json(folder / "poison" / "corpus.json", {"documents": len(texts)})
    for task in tasks:
        look_chunk(task, {}, lambda _index, _seconds: None)
    triggers = triggers_of(tasks, folder)
    for trigger in triggers:
        flagged |= set(trigger.documents)
    return flagged, triggers, time.process_time() - started


def cut_documents(archives: Sequence[Path], size: int) -> list[str]:
    """10,000 pieces of about so many characters from the files of some archives."""
    pieces: list[str] = []
    for archive in archives:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with tarfile.open(archive) as opened:
                opened.extractall(folder, filter="data")
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    pieces += _pieces(path, folder, size)
    random.Random(1).shuffle(pieces)
    return pieces[:DOCUMENTS]


def _pieces(path: Path, folder: Path, size: int) -> list[str]:
    file = InputFile("s", str(path.relative_to(folder)), str(path), path.stat().st_size)
    return [
        part.strip()
        for row in read_file(file)
        if not row["outcome"]
        for part in (cut(row["text"], size) if size else [row["text"]])
        if len(part.strip()) > 200
    ]


def sample_documents(folder: Path) -> list[str]:
    """The clean documents of a sample."""
    lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    planted = {row["path"] for row in map(json.loads, lines) if row["kind"] == "poison"}
    root = folder / "documents"
    found: list[str] = []
    for path in sorted(root.rglob("*")):
        read = path.is_file() and path.suffix in (".md", ".txt", ".html", ".eml")
        if read and str(path.relative_to(root)) not in planted:
            found += _pieces(path, root, 0)
    random.Random(1).shuffle(found)
    return found[:DOCUMENTS]


def mixed_documents(archive: Path) -> list[str]:
    """Pieces of a line to some pages."""
    rng = random.Random(5)
    found: list[str] = []
    for text in cut_documents([archive], 6000):
        start = 0
        while len(text) - start > 60:
            end = start + int(min(6000, max(70, rng.lognormvariate(6.3, 1.1))))
            while end < len(text) and not text[end].isspace():
                end += 1
            found.append(text[start:end].strip())
            start = end
    rng.shuffle(found)
    return [text for text in found if len(text) > 60][:DOCUMENTS]


def sentences(files: Sequence[Path]) -> list[str]:
    """Some sentences each, of texts with a paragraph on a line and spaces around the stops."""
    found: list[str] = []
    for line in "\n".join(path.read_text(encoding="utf-8") for path in files).split("\n"):
        if len(line.strip()) <= 60:
            continue
        piece = ""
        for sentence in line.strip().split(" . "):
            piece += sentence + " . "
            if len(piece) > 200:
                found.append(piece.strip())
                piece = ""
        if piece.strip():
            found.append(piece.strip())
    random.Random(5).shuffle(found)
    return found[:DOCUMENTS]


def corpus_documents(name: str, data: Path, sample: Path | None) -> list[str]:
    """The clean documents of a corpus; none where its folder is not given."""
    spanish, english = data / "pretrain_es", data / "pretrain_en"
    documentation = spanish / "sqldocs_es_md_30MB.tar.gz"
    match name:
        case "documentation":
            return cut_documents([documentation], 1800)
        case "short":
            archives = [spanish / "mclibre_php_html.tar.gz", english / "18f_handbook_md.tar.gz"]
            return cut_documents(archives, 400)
        case "mixed":
            return mixed_documents(documentation)
        case "encyclopedia":
            return sentences([english / "wikitext2" / f"{part}.txt" for part in ("valid", "test")])
        case "python":
            return cut_documents([spanish / "pydocs_es_po_12MB.tar.gz"], 1000)
        case "sample":
            return sample_documents(sample) if sample else []
    raise ValueError(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=Path, help="a folder of `dialecto sample`")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 250])
    parser.add_argument("--attacks", type=int, default=8, help="planted at once")
    parser.add_argument("--corpora", nargs="+", default=CORPORA)
    parser.add_argument("--held-out", action="store_true", help="attacks never tuned on")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    forms = HELD_OUT if options.held_out else FORMS
    found_by: dict[int, list[int]] = {}
    for corpus in options.corpora:
        base = corpus_documents(corpus, options.data, options.sample)
        if not base:
            continue
        with tempfile.TemporaryDirectory() as name:
            flagged, triggers, seconds = poisoned(base, Path(name))
        megabytes = sum(map(len, base)) / 1e6
        print(
            f"{corpus}: {len(base)} clean documents, {megabytes:.1f} MB, flagged "
            f"{len(flagged)} ({len(flagged) / len(base):.2%}), "
            f"{megabytes / seconds:.2f} MB/s"
        )
        if options.verbose:
            print("   ", [(t.text, t.signal, len(t.documents)) for t in triggers])
        for size in options.sizes:
            number = max(2, min(options.attacks, 1000 // size))
            for seed in options.seeds:
                attacks = make_attacks(forms, base, seed, size, number)
                texts = list(base)
                for attack in attacks:
                    texts += attack.documents
                with tempfile.TemporaryDirectory() as name:
                    flagged, triggers, _ = poisoned(texts, Path(name))
                first, caught = len(base), 0
                for attack in attacks:
                    hit = sum(first + i in flagged for i in range(size))
                    first += size
                    caught += hit >= FOUND * size
                    tally = found_by.setdefault(size, [0, 0])
                    tally[0] += hit >= FOUND * size
                    tally[1] += 1
                    if hit < FOUND * size:
                        print(f"    missed {attack.kind} «{attack.trigger}»: {hit} of {size}")
                false = sum(number < len(base) for number in flagged)
                print(
                    f"  {corpus} seed {seed}, attacks of {size}: found {caught} of {number}, "
                    f"clean documents flagged {false / len(base):.2%}"
                )
                if options.verbose:
                    extra = [t for t in triggers if sum(d < len(base) for d in t.documents) > 5]
                    print("    false", [(t.text, t.signal, len(t.documents), round(t.spread, 2))
                                        for t in extra])  # fmt: skip
    for size, (hit, total) in sorted(found_by.items()):
        print(f"attacks of {size}: {hit} of {total} found")


if __name__ == "__main__":
    main()
