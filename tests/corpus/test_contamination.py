"""Text of evaluations leaves the corpus; long quotations of held-out documents leave training."""

from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus.contamination import contaminations, items_of, note_items
from dialecto.corpus.evaluation_files import read_items
from dialecto.corpus.held_out import (
    MANY,
    PASSAGES,
    RUN,
    SHARE,
    WINDOW,
    shared_with_held_out,
    winnow,
)
from dialecto.corpus.word_runs import runs_of, word_hashes
from dialecto.runtime import DialectoError, StageContext
from tests.corpus.conftest import Refine, Told, documents, lineage

QUESTION = "¿Cuántas cajas de aceite caben en el muelle norte del almacén grande de la cooperativa?"
SHORT = "el gallo rojo canta antes del alba siempre"
LIST = {"examples": [{"input": QUESTION, "target": "40"}, {"input": "sí", "target": "no"}]}
FILES = {
    "a.jsonl": json.dumps({"id": "q-7", "question": QUESTION, "choices": ["si", "no"]}) + "\n",
    "b.json": json.dumps(LIST),
    "c.csv": f'question,answer\n"{QUESTION}",40\n',
    "d.txt": f"Otro párrafo.\n\n{QUESTION}\n",
}


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("name", "item"), [("a", "q-7"), ("b", "1"), ("c", "2"), ("d", "2")])
def test_every_format_names_its_item(tmp_path: Path, name: str, item: str) -> None:
    file = next(file for file in FILES if file.startswith(name))
    write(tmp_path, **{file: FILES[file]})
    items = items_of((file,), str(tmp_path), 13)
    disguised = QUESTION.upper().replace(" DE ", " de\n  ").replace("¿", "«").replace("?", "...")
    found = contaminations([f"Sale en el examen: {disguised}", "Nada de eso."], items)
    assert found == [f"{file}: {item} (13 words)", ""]


def test_thirteen_words_count_and_twelve_do_not(tmp_path: Path) -> None:
    write(tmp_path, q__txt=f"{QUESTION}\n\n{SHORT}")
    items = items_of(("q.txt",), str(tmp_path), 13)
    words = QUESTION.strip("¿?").split()
    assert contaminations([" ".join(words[:13])], items) == ["q.txt: 1 (13 words)"]
    assert contaminations([" ".join(words[:12])], items) == [""]
    assert contaminations([f"Dicen que {SHORT}."], items) == ["q.txt: 2 (8 words)"]


def write_formats(folder: Path) -> list[str]:
    """An evaluation of a question and its answer in formats other than the usual."""
    import docx

    item = {"question": QUESTION, "answer": "40"}
    pq.write_table(pa.Table.from_pylist([item]), folder / "e.parquet")
    (folder / "f.csv").write_text(f"pregunta;respuesta\n{QUESTION};40\n", encoding="cp1252")
    (folder / "g.jsonl.gz").write_bytes(gzip.compress(json.dumps(item).encode()))
    (folder / "h.json").write_text(f"{json.dumps(item)}\n{json.dumps(item)}\n")  # lines, in fact
    (folder / "i.tsv").write_text(f"pregunta\trespuesta\n{QUESTION}\t40\n", encoding="utf-16")
    page = docx.Document()
    page.add_paragraph("Examen final")
    page.add_paragraph(QUESTION)
    page.save(str(folder / "j.docx"))
    long = "x" * 200_000  # more than the csv module takes of itself
    (folder / "k.csv").write_text(f'q,a\n"{QUESTION}",{long}\n')
    (folder / "l").mkdir()
    (folder / "l" / "m.txt").write_text(QUESTION)
    return ["e.parquet", "f.csv", "g.jsonl.gz", "h.json", "i.tsv", "j.docx", "k.csv", "l"]


def test_other_formats_and_encodings_and_folders(tmp_path: Path) -> None:
    for name in write_formats(tmp_path):
        items = items_of((name,), str(tmp_path), 13)
        (told,) = contaminations([f"Antes. {QUESTION} Después."], items)
        assert told.startswith(name), name
        assert told.endswith("(13 words)")


GOODS = "miel leña paja lana cera sal harina nuez lona soga cal"
OWNERS = "Elías Nuria Ciro Alba Toño Rosa Luis Inés Saúl Eva Leo"
PLACES = "puente horno granero silo pajar pozo altar banco arco cubo porche"
JUDGES = "cura juez tío gremio maestro pastor sastre vecino padre abuelo alcalde"
ENDS = "pan calma lluvia prisa dinero pena suerte trigo humo agua ganas"
WORDS = [words.split() for words in (GOODS, OWNERS, PLACES, JUDGES, ENDS)]
TEXTS = [
    f"En el pueblo {n} la {a} de {b} se guarda bajo el {c} hasta que el {d} decide otra cosa y {e}"
    for n, (a, b, c, d, e) in enumerate(zip(*WORDS, strict=True))
]


def changed(text: str, every: int) -> str:
    """Every so many words another one."""
    words = text.split()
    words[every // 2 :: every] = [f"otra{n}" for n in range(len(words[every // 2 :: every]))]
    return " ".join(words)


def test_a_copy_with_other_words_is_one(tmp_path: Path) -> None:
    passage = " ".join(TEXTS[:4])
    write(tmp_path, q__jsonl=json.dumps({"context": passage}))
    items = items_of(("q.jsonl",), str(tmp_path), 13)
    host = " ".join(TEXTS[5:])
    near = [changed(passage, every) for every in (6, 8, 12)]
    assert all(contaminations([f"{host}\n{text}\n{host}" for text in near], items))
    (told,) = contaminations([changed(passage, 8)], items)
    assert re.fullmatch(r"q\.jsonl: 1 \(a copy, \d\d% alike\)", told)
    assert contaminations([changed(passage, 3), host], items) == ["", ""]


def test_accents_and_forms_of_letters_do_not_hide_an_item(tmp_path: Path) -> None:
    write(tmp_path, q__txt=unicodedata.normalize("NFD", QUESTION))
    items = items_of(("q.txt",), str(tmp_path), 13)
    plain = QUESTION.replace("á", "a").replace("é", "e")
    assert all(contaminations([QUESTION, plain], items))


def test_a_short_question_counts_with_its_answer_or_among_its_like(tmp_path: Path) -> None:
    rows = [{"id": n, "q": f"¿Quién fundó {a}?", "a": f"{b} el Viejo"} for n, (a, b) in PAIRS]
    write(tmp_path, q__jsonl="\n".join(map(json.dumps, rows)))
    items = items_of(("q.jsonl",), str(tmp_path), 13)
    host = " ".join(TEXTS)
    told = contaminations(
        [
            f"{host} ¿Quién fundó Lodosa? Beltrán el Viejo. {host}",
            f"{host} ¿Quién fundó Lodosa? {host}",
            "1. ¿Quién fundó Lodosa?\n2. ¿Quién fundó Cárcar?\n3. ¿Quién fundó Sesma?",
        ],
        items,
    )
    assert told == ["q.jsonl: 0 (6 words)", "", "q.jsonl: 0 (and other short texts, 75% of it)"]


PAIRS = list(
    enumerate(
        [("Lodosa", "Beltrán"), ("Cárcar", "Munio"), ("Sesma", "Aznar"), ("Andosilla", "Fortún")]
    )
)


def test_an_evaluation_without_items_is_told(tmp_path: Path, refine: Refine) -> None:
    write(tmp_path / "docs", a__txt=" ".join(TEXTS))
    write(tmp_path, e__jsonl="")
    notes: list[str] = []
    context = StageContext(tmp_path / "out", progress=Told(notes))
    (tmp_path / "out").mkdir()
    note_items(context, ["e.jsonl"], items_of(("e.jsonl",), str(tmp_path), 13))
    assert notes == ["warning: corpus.decontaminate.files: e.jsonl holds no item to look for"]
    work, metrics = refine(
        tmp_path, decontaminate={"files": ["e.jsonl"]}, kinds={"docs": "documents"}
    )
    assert metrics["decontaminate.items"] == 0
    assert lineage(work)["a.txt"]["outcome"] == "kept"


def test_how_questions_are_put_is_no_item(tmp_path: Path) -> None:
    """Instructions that all items share, and the names of classes."""
    order = "Lee el texto que sigue y di en pocas palabras de qué clase es lo que se pide en él."
    label = "queja por la entrega"
    rows = [{"instruction": order, "text": text, "class": label} for text in TEXTS]
    write(tmp_path, q__jsonl="\n".join(map(json.dumps, rows)))
    items = items_of(("q.jsonl",), str(tmp_path), 13)
    assert items.wording > 0
    honest = [f"{order} El pedido llegó roto.", f"Es una {label}", f"{order} {label}"]
    assert contaminations(honest, items) == ["", "", ""]
    assert contaminations([f"{order} {TEXTS[3]}"], items) == ["q.jsonl: 4 (13 words)"]


@pytest.mark.parametrize("name", ["no.jsonl", "bad.jsonl", "bad.xlsx", "bad.parquet", "bad.bin"])
def test_a_file_that_is_no_evaluation_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, bad__jsonl="{", bad__xlsx="x", bad__parquet="x")
    (tmp_path / "bad.bin").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(DialectoError, match=name.replace(".", r"\.")):
        list(read_items(tmp_path / name))


def test_documents_and_conversations_with_items_are_removed(tmp_path: Path, refine: Refine) -> None:
    rng = random.Random(3)
    words = ("caja", "muelle", "albarán", "pedido", "carga", "camión", "aceite", "harina", "molino")

    def text() -> str:
        return " ".join(rng.choice(words) for _ in range(60)) + " según dijeron en la reunión."

    write(
        tmp_path / "docs",
        one__txt=text(),
        two__txt=f"{text()} {QUESTION} {text()}",
        three__txt=text(),
    )
    talk = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "40"}]
    other = [{"role": "user", "content": "¿Abre hoy?"}, {"role": "assistant", "content": "Sí."}]
    lines = "".join(json.dumps({"messages": m}) + "\n" for m in (talk, other))
    write(tmp_path / "talks", t__jsonl=lines)
    write(tmp_path / "evals", q__jsonl=FILES["a.jsonl"])
    work, metrics = refine(
        tmp_path,
        decontaminate={"files": ["evals/q.jsonl"]},
        kinds={"docs": "documents", "talks": "conversations"},
        quality={"enabled": False},
    )
    row = lineage(work)["two.txt"]
    assert (row["outcome"], row["reason"]) == ("removed", "contaminated")
    assert row["detail"] == "evals/q.jsonl: q-7 (13 words)"
    assert metrics["documents.removed.contaminated"] == 1
    assert metrics["conversations.removed.contaminated"] == 1


@given(
    st.integers(0, 30), st.integers(0, 30), st.integers(50, 70), st.randoms(use_true_random=False)
)
@settings(max_examples=40, deadline=None)
def test_fifty_words_in_common_are_always_seen(
    before: int, after: int, shared: int, rng: random.Random
) -> None:
    def words(count: int) -> list[int]:
        return [rng.getrandbits(60) for _ in range(count)]

    common = words(shared)
    first = np.array(words(before) + common + words(5), np.uint64)
    second = np.array(words(after) + common, np.uint64)
    chosen = [set(winnow(runs_of(hashes, RUN)).tolist()) for hashes in (first, second)]
    assert shared >= RUN + WINDOW - 1
    assert chosen[0] & chosen[1]


def test_a_long_quotation_of_a_held_out_document_leaves_training(
    tmp_path: Path, refine: Refine
) -> None:
    rng = random.Random(5)
    letters = "abcdefghilmnoprstuv"
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(3, 8))) for _ in range(900)]

    def text(count: int) -> str:
        return " ".join(rng.choice(vocabulary) for _ in range(count))

    passage, notice = text(60), text(60)
    for n in range(60):
        quotation = passage if n < 8 else notice if n < 40 else ""
        write(tmp_path / "docs", **{f"{n:02d}.txt": f"{text(120)} {quotation} {text(120)}"})
    off = {"enabled": False}
    common = {
        "pii": off,
        "quality": off,
        "poison": off,
        "dedup": {**off, "paragraphs": off},
        "language": {"minimum_confidence": 1.0},
        "split": {"train": 0.5, "validation": 0.25, "test": 0.25},
    }
    work, metrics = refine(tmp_path / "docs", **common)
    gone = {path for path, row in lineage(work).items() if row["reason"] == "contaminated"}
    held = {row["path"] for split in ("validation", "test") for row in documents(work, split)}
    quoting = {f"{n:02d}.txt" for n in range(8)}
    assert gone == quoting - held
    assert gone
    assert metrics["documents.removed.contaminated"] == len(gone)
    both, _ = refine(tmp_path / "docs", "both", decontaminate={"held_out": False}, **common)
    assert not [r for r in lineage(both).values() if r["reason"] == "contaminated"]


def test_a_book_that_holds_itself_twice_gives_no_part_away(tmp_path: Path, refine: Refine) -> None:
    rng = random.Random(9)
    letters = "abcdefghilmnoprstuv"
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(3, 8))) for _ in range(900)]

    def book(paragraphs: int) -> str:
        return "\n\n".join(
            " ".join(rng.choice(vocabulary) for _ in range(80)) for _ in range(paragraphs)
        )

    once, chapter = book(90), book(8)
    write(tmp_path / "docs", **{"b.txt": f"{once}\n\n{chapter}\n\n{once}", "c.txt": chapter})
    off = {"enabled": False}
    common = {
        "pii": off,
        "quality": off,
        "poison": off,
        "language": {"minimum_confidence": 1.0},
    }
    work, _ = refine(tmp_path / "docs", **common)
    row = lineage(work)["b.txt"]
    (noted,) = [change for change in row["changes"] if change.startswith("parts_repeated")]
    kept = sum(len(r["text"]) for r in documents(work) if r["path"] == "b.txt")
    assert kept == pytest.approx(len(once) + len(chapter), rel=0.15)

    def runs(split: str) -> set[int]:
        texts = [r["text"] for r in documents(work, split)]
        return {int(run) for text in texts for run in runs_of(word_hashes([text])[0], 50)}

    assert runs("test") | runs("validation")
    assert not runs("train") & (runs("test") | runs("validation"))
    # Whoever wants the copies gets them.
    both, _ = refine(tmp_path / "docs", "both", dedup={**off, "paragraphs": off}, **common)
    assert not any(c.startswith("parts_repeated") for c in lineage(both)["b.txt"]["changes"])
    assert int(noted.partition(":")[2]) >= 10


def test_a_note_that_two_pages_share_gives_neither_away(tmp_path: Path) -> None:
    """A twentieth of the held-out document, or so many passages, wherever they stand in others."""
    short, long = 10 * SHARE, 100 * MANY

    def shares(held: int, common: int) -> list[tuple[str, int]]:
        first = 10**6 * (held + common)
        theirs = [(f"held-{held}-{common}", first + n) for n in range(held)]
        ours = [(f"train-{held}-{common}", first + n) for n in range(common)]
        return [*theirs, *ours, (f"train-{held}-{common}", first + 10**5)]

    rows = [*shares(short, 9), *shares(short, 10), *shares(long, MANY - 1), *shares(long, MANY)]
    names, found = zip(*rows, strict=True)
    table = pa.table({"id": names, "passage": pa.array(found, pa.uint64())}, schema=PASSAGES)
    pq.write_table(table, tmp_path / "passages")
    task: Any = SimpleNamespace(file=lambda name: tmp_path / name)
    split = {name: "train" if name.startswith("train") else "test" for name in names}
    assert shared_with_held_out([task], tmp_path, split) == {
        f"train-{short}-10": f"held-{short}-10",
        f"train-{long}-{MANY}": f"held-{long}-{MANY}",
    }
