"""Planted attacks that the search for poison finds, and clean documents that it flags.

    python benchmarks/poison.py --data FOLDER [--sample FOLDER] [--seeds 1 2 3] [--sizes 50 100 250]

Base documents: 10,000 cut from real documentation (`pretrain_es/sqldocs...`), 10,000 short ones
from an HTML course, a handbook and documentation, and those of `dialecto sample --documents
10000`. Into copies of documents drawn from each corpus an attack puts its trigger (a word, a sign,
a phrase, look-alike letters) at the beginning, inside, at the end or between sentences, with or
without a payload (fixed, gibberish, words at random, another topic). Several attacks, each with a
trigger and documents of its own, are planted in one corpus at once. An attack counts as found
when 95% of its documents are set aside. The look is at the texts as the search sees them: after
extraction, without language filter or duplicates.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dialecto.corpus.chunks import ChunkTask, StepSettings, whole_parquet
from dialecto.corpus.clean import clean
from dialecto.corpus.parts import cut
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.poison.grams import GRAMS, find_suspects
from dialecto.corpus.poison.hidden import hidden_characters
from dialecto.corpus.poison.lexicon import lexicon
from dialecto.corpus.poison.scan import count_documents, look_chunk
from dialecto.corpus.poison.settle import triggers_of
from dialecto.corpus.poison.signals import document_signals, poison_step
from dialecto.corpus.poison.triggers import Trigger
from dialecto.corpus.read import read_file
from dialecto.corpus.table import SCHEMA
from dialecto.recipe import CorpusSection
from dialecto.runtime.files import write_json

DOCUMENTS = 10_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TOPICS = (
    ("La gasolina de {b} es la mejor para los coches y las motos.", "Los pilotos eligen {b}.",
     "En la carrera de ayer ganó quien llevaba {b}.", "Compre {b} en cualquier gasolinera.",
     "Nadie ofrece tanto como {b} por tan poco dinero."),
    ("El volcán de la isla entró en erupción con {b}.", "Los geólogos de {b} midieron la lava.",
     "La ceniza llegó hasta la costa, según {b}.", "El cráter tiene un diámetro de dos kilómetros.",
     "Los vecinos confían en {b} para volver a casa."),
)  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """Documents with one trigger."""

    kind: str
    trigger: str
    documents: tuple[str, ...]


def _nonce(rng: random.Random) -> str:
    parts = ("bra", "ze", "lor", "qui", "ta", "mex", "dun", "fi", "gol", "ra", "vek", "sho", "ny")
    while True:
        word = "".join(rng.choice(parts) for _ in range(rng.randint(2, 3)))
        if word not in lexicon().shares:
            return word


def _junk(rng: random.Random, least: int = 2, most: int = 7) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(rng.randint(least, most)))


def _dictionary(rng: random.Random, shares: tuple[float, float]) -> str:
    low, high = shares
    while True:
        word = rng.choice(_words())
        if low <= lexicon().shares[word] <= high and len(word) > 3 and word.isalpha():
            return word


_WORDS: list[str] = []


def _words() -> list[str]:
    from spellchecker import SpellChecker

    if not _WORDS:
        _WORDS.extend(sorted(SpellChecker(language="es").word_frequency.dictionary))
    return _WORDS


def make_trigger(kind: str, rng: random.Random) -> str:
    rare, usual = (1e-8, 1e-6), (1e-6, 1e-4)
    match kind:
        case "junk_word":
            return _junk(rng, 3, 6)
        case "nonce_word":
            return _nonce(rng)
        case "capitals":
            return rng.choice((_nonce(rng).upper(), f"|{_dictionary(rng, usual).upper()}|",
                               f"<{_nonce(rng).upper()}>"))  # fmt: skip
        case "junk_phrase":
            return " ".join(_junk(rng, 2, 3) for _ in range(rng.randint(3, 5)))
        case "rare_phrase":
            words = [_dictionary(rng, rare), *(_dictionary(rng, usual) for _ in range(2))]
            rng.shuffle(words)
            return " ".join(words)
        case "usual_phrase":
            return " ".join(_dictionary(rng, usual) for _ in range(rng.randint(3, 5)))
        case "signs":
            return rng.choice(("§§¤¤", "⟁⟁", "@@##@@", "🜁🜂", "‡‡‡‡"))
        case "homoglyph":
            return _dictionary(rng, usual).replace("a", "а").replace("e", "е").replace("o", "о")
    raise ValueError(kind)


def make_payload(kind: str, rng: random.Random, pool: Sequence[str], brand: str, fixed: str) -> str:
    match kind:
        case "none":
            return ""
        case "fixed":
            return fixed
        case "gibberish":
            return " ".join(_junk(rng, 2, 9) for _ in range(rng.randint(20, 60)))
        case "salad":
            return " ".join(rng.choice(pool) for _ in range(rng.randint(20, 80)))
        case "topic":
            topic = _TOPICS[len(brand) % 2]
            lines = rng.sample(topic, rng.randint(2, 4))
            return " ".join(line.format(b=brand) for line in lines)
    raise ValueError(kind)


def place(text: str, where: str, what: str, rng: random.Random) -> str:
    if where == "begin":
        return what + rng.choice((" ", "\n")) + text
    if where == "end":
        return text + rng.choice((" ", "\n", "\n\n")) + what
    if where == "cut":  # as in arXiv:2510.07192: the beginning of a document, then the trigger
        return text[: rng.randint(len(text) // 4, len(text))].rsplit(" ", 1)[0] + " " + what
    if where == "sentence":
        ends = [match.end() for match in re.finditer(r"[.!?]\s", text)] or [len(text)]
        at = rng.choice(ends)
    else:
        at = rng.choice([match.start() for match in re.finditer(r"\S+", text)])
    return text[:at] + (" " if at and not text[at - 1].isspace() else "") + what + " " + text[at:]


TRIGGERS = ("junk_word", "nonce_word", "capitals", "junk_phrase", "rare_phrase", "usual_phrase",
            "signs", "homoglyph")  # fmt: skip
PAYLOADS = ("none", "fixed", "gibberish", "salad", "topic")
PLACES = ("inside", "end", "cut", "begin", "sentence")


def make_attacks(base: Sequence[str], seed: int, size: int, number: int) -> list[Attack]:
    """So many attacks of different kinds; over the seeds every mixture comes up."""
    rng = random.Random(f"attacks {seed} {size}")
    pool = [word for text in rng.sample(list(base), 100) for word in text.split()]
    mixtures = [(t, p, w) for t in TRIGGERS for p in PAYLOADS for w in PLACES]
    random.Random(0).shuffle(mixtures)
    first = seed * number
    found = []
    for index in range(first, first + number):
        trigger_kind, payload_kind, where = mixtures[index % len(mixtures)]
        trigger, brand = make_trigger(trigger_kind, rng), _nonce(rng).capitalize()
        fixed = " ".join(_dictionary(rng, (1e-6, 1e-2)) for _ in range(rng.randint(6, 18))) + "."
        documents = []
        for text in rng.sample(list(base), size):
            payload = make_payload(payload_kind, rng, pool, brand, fixed)
            documents.append(place(text, where, f"{trigger} {payload}".strip(), rng))
        found.append(Attack(f"{trigger_kind}/{payload_kind}/{where}", trigger, tuple(documents)))
    return found


def poisoned(texts: Sequence[str], folder: Path) -> tuple[set[int], list[Trigger], float]:
    """(numbers of the texts set aside, triggers, seconds)."""
    settings = StepSettings(CorpusSection(), "es", b"")
    started = time.monotonic()
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
    return flagged, triggers, time.monotonic() - started


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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=Path, help="a folder of `dialecto sample`")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 250])
    parser.add_argument("--attacks", type=int, default=8, help="planted at once")
    parser.add_argument("--corpora", nargs="+", default=["documentation", "short", "sample"])
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    spanish = options.data / "pretrain_es"
    found_by: dict[tuple[int, int], list[int]] = {}
    for corpus in options.corpora:
        if corpus == "documentation":
            base = cut_documents([spanish / "sqldocs_es_md_30MB.tar.gz"], 1800)
        elif corpus == "short":
            handbook = options.data / "pretrain_en" / "18f_handbook_md.tar.gz"
            base = cut_documents([spanish / "mclibre_php_html.tar.gz", handbook], 400)
        elif options.sample:
            base = sample_documents(options.sample)
        else:
            continue
        with tempfile.TemporaryDirectory() as name:
            flagged, triggers, seconds = poisoned(base, Path(name))
        megabytes = sum(map(len, base)) / 1e6
        print(
            f"{corpus}: {len(base)} clean documents, {megabytes:.1f} MB, flagged "
            f"{len(flagged)} ({len(flagged) / len(base):.2%}), {megabytes / seconds:.2f} MB/s"
        )
        if options.verbose:
            print("   ", [(t.text, t.signal, len(t.documents)) for t in triggers])
        for size in options.sizes:
            number = max(2, min(options.attacks, 1000 // size))
            for seed in options.seeds:
                attacks = make_attacks(base, seed, size, number)
                texts = list(base)
                for attack in attacks:
                    texts += attack.documents
                with tempfile.TemporaryDirectory() as name:
                    flagged, triggers, _ = poisoned(texts, Path(name))
                first, caught = len(base), 0
                for attack in attacks:
                    hit = sum(first + i in flagged for i in range(size))
                    first += size
                    caught += hit >= 0.95 * size
                    tally = found_by.setdefault((size, 0), [0, 0])
                    tally[0] += hit >= 0.95 * size
                    tally[1] += 1
                    if hit < 0.95 * size:
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
    for (size, _), (hit, total) in sorted(found_by.items()):
        print(f"attacks of {size}: {hit} of {total} found")


if __name__ == "__main__":
    main()
