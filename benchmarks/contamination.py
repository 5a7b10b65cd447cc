"""Evaluation text planted in honest documents: how much of it is found, and who goes without cause.

    python benchmarks/contamination.py --data FOLDER [--seed 3]

Items are those of a Spanish version of SQuAD: 2,000 questions with their answers, 500 with their
paragraph. Hosts are product documentation, a course, a novel and clinical cases. Each form of a
leak is planted 200 times, in the middle of a host's first 3,000 characters or as a document.
"""

from __future__ import annotations

import argparse
import json
import random
import tarfile
import tempfile
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

from dialecto.corpus.contamination import Items, contaminations, items_of
from dialecto.corpus.plan import InputFile
from dialecto.corpus.read import read_file

Item = dict[str, str]
ARCHIVES = (
    ("pretrain_es/sqldocs_es_md_30MB.tar.gz", 400),
    ("pretrain_es/mclibre_php_html.tar.gz", 150),
    ("pii/meddocan_dev_brat.tar.gz", 250),
)
BOOK = "pretrain_es/quijote_gutenberg2000_latin1.txt"
QUESTIONS = "qa/squad_es_v1.1_dev_minus_xquad.json"
TRIED = 200


def read_items(data: Path, rng: random.Random) -> list[Item]:
    """Questions, answers and paragraphs, in an order of their own."""
    articles = json.loads((data / QUESTIONS).read_text(encoding="utf-8"))["data"]
    found = [
        {"question": q["question"], "answer": q["answers"][0]["text"], "context": p["context"]}
        for article in articles
        for p in article["paragraphs"]
        for q in p["qas"]
        if q["answers"]
    ]
    rng.shuffle(found)
    return found


def read_hosts(data: Path, folder: Path, rng: random.Random) -> list[str]:
    """Texts of honest documents."""
    texts = []
    for name, count in ARCHIVES:
        with tarfile.open(data / name) as archive:
            members = [m for m in archive.getmembers() if m.isfile() and not m.name.endswith("ann")]
            chosen = rng.sample(members, min(count, len(members)))
            archive.extractall(folder / name, members=chosen, filter="data")
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                file = InputFile("hosts", path.name, str(path), path.stat().st_size)
                texts += [row["text"] for row in read_file(file) if row["text"]]
    book = (data / BOOK).read_text(encoding="latin-1")
    return texts + [book[at : at + 6000] for at in range(0, len(book), 6000)]


def plain(text: str) -> str:
    """In capitals, without accents."""
    letters = unicodedata.normalize("NFD", text.upper())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def changed(text: str, every: int, words: list[str], rng: random.Random) -> str:
    """Every so many words another."""
    found = text.split()
    for at in range(rng.randrange(every), len(found), every):
        found[at] = rng.choice(words)
    return " ".join(found)


def planted(
    items: list[Item], hosts: list[str], known: Items, rng: random.Random,
    make: Callable[[Item], str], alone: bool,
) -> str:  # fmt: skip
    """How many of the leaks are found."""
    texts = []
    for item in items[:TRIED]:
        host = rng.choice(hosts)[:3000]
        place = host.find(" ", rng.randrange(len(host) // 2))
        leak = make(item)
        texts.append(leak if alone else f"{host[:place]}\n{leak}\n{host[place:]}")
    return f"{sum(map(bool, contaminations(texts, known)))} of {len(texts)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    items = read_items(options.data, rng)
    sets = {"questions": items[:2000], "paragraphs": items[2000:2500]}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hosts = read_hosts(options.data, folder, rng)
        long = [text for text in hosts if len(text) > 1500]
        words = sorted({word for text in hosts[:100] for word in text.split() if word.isalpha()})
        print(f"{len(hosts)} documents, {sum(map(len, hosts)) / 1e6:.1f} million characters")
        for kind, chosen in sets.items():
            fields = ("question", "answer", *(("context",) if kind == "paragraphs" else ()))
            lines = [json.dumps({field: item[field] for field in fields}) for item in chosen]
            (folder / f"{kind}.jsonl").write_text("\n".join(lines), encoding="utf-8")
            known = items_of((f"{kind}.jsonl",), str(folder), 13)
            start = time.process_time()
            gone = sum(map(bool, contaminations(hosts, known)))
            seconds = time.process_time() - start
            print(f"{kind}: {gone} honest documents removed, {seconds:.1f} s of processor")
            forms: dict[str, tuple[Callable[[Item], str], bool]] = {
                "question and answer": (lambda i: f"{i['question']} {i['answer']}", False),
                "without accents": (lambda i: plain(f"{i['question']} {i['answer']}"), False),
                "alone": (lambda i: f"{i['question']}\n{i['answer']}", True),
            }
            if kind == "paragraphs":
                for every in (12, 8, 6, 5, 4):
                    forms[f"every {every}th word another"] = (
                        lambda i, every=every: changed(i["context"], every, words, rng),
                        False,
                    )
            for form, (make, alone) in forms.items():
                print(f"  {form}: {planted(chosen, long, known, rng, make, alone)}")


if __name__ == "__main__":
    main()
