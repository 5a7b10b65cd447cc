"""The corpus stage as a whole: everything accounted for, repeatable, nothing left lying."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dialecto.corpus import passes, plan, read
from dialecto.corpus.chunks import ChunkTask, StepSettings, parts_of
from dialecto.corpus.workers import Named, Unit
from dialecto.recipe import CorpusSection, Source
from dialecto.runtime import DialectoError
from tests.corpus.conftest import Refine, documents, lineage, refine_into

WORDS = [
    *("la", "cooperativa", "entrega", "aceite", "naranja", "almendra", "campo", "socio", "precio"),
    *("cosecha", "camino", "molino", "pedido", "almacén", "factura", "reunión", "acuerdo", "lunes"),
    *("viernes", "tarde", "mañana", "agua", "tierra", "olivo", "calidad"),
]


def prose(seed: int, words: int = 120) -> str:
    """Spanish-looking text that no other seed gives."""
    draw = random.Random(seed)
    sentences = []
    while words > 0:
        size = draw.randint(8, 14)
        words -= size
        text = " ".join(draw.choice(WORDS) for _ in range(size))
        sentences.append(f"El número {draw.randint(1, 10**6)} de {text} para el socio y la junta.")
    return " ".join(sentences)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of several formats, copies, a foreign one, broken ones."""
    source = tmp_path_factory.mktemp("mixed") / "fuente"
    source.mkdir()
    for number in range(20):
        (source / f"nota{number:02d}.txt").write_text(prose(number), encoding="utf-8")
    (source / "latin.txt").write_bytes(
        ("Ñandú, señalización y jamón. " + prose(50)).encode("latin-1")
    )
    (source / "copia.txt").write_text(prose(3).upper().replace(" ", "  "), encoding="utf-8")
    (source / "casi.txt").write_text(prose(4) + " Añadido al final.", encoding="utf-8")
    (source / "english.txt").write_text(
        "The members of the board were told that the harvest of this year is better than the "
        "one before, and that they should not worry about the price of oil. " * 2
    )
    (source / "corta.txt").write_text("Hola.")
    (source / "vacia.txt").write_text("")
    (source / "basura.txt").write_bytes(bytes(random.Random(1).randbytes(3000)))
    (source / "roto.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog")
    (source / "roto.docx").write_bytes(b"PK\x03\x04" + b"\0" * 200)
    (source / "lote.jsonl").write_text(
        json.dumps({"text": prose(60)}) + "\n{rota\n" + json.dumps({"text": prose(61)}) + "\n"
    )
    return source


@pytest.fixture(scope="module")
def refined(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The artefact of that folder, made by one worker without disturbance; its metrics."""
    work = tmp_path_factory.mktemp("refined")
    return work, refine_into(work, folder)


def test_everything_is_accounted_for(refined: tuple[Path, dict[str, Any]]) -> None:
    work, metrics = refined
    rows = lineage(work)
    assert metrics["documents.in"] == len(rows) == 32
    removed = {k: v for k, v in metrics.items() if k.startswith("documents.removed.")}
    assert removed == {
        "documents.removed.exact_duplicate": 1,
        "documents.removed.near_duplicate": 1,
        "documents.removed.language": 1,
        "documents.removed.too_short": 1,
    }
    assert metrics["documents.quarantined"] == 5
    assert metrics["documents.in"] == (
        metrics["documents.kept"] + sum(removed.values()) + metrics["documents.quarantined"]
    )
    quarantined = {p: r["reason"] for p, r in rows.items() if r["outcome"] == "quarantined"}
    assert quarantined == {
        "vacia.txt": "empty",
        "basura.txt": "binary",
        "roto.pdf": "malformed",
        "roto.docx": "malformed",
        "lote.jsonl:2": "malformed",
    }
    assert "Ñandú, señalización y jamón" in next(
        row["text"] for row in documents(work) if row["path"] == "latin.txt"
    )
    assert rows["latin.txt"]["changes"] == ["encoding:cp1252"]


def test_the_artefact_holds_only_what_is_promised(refined: tuple[Path, dict[str, Any]]) -> None:
    work, _ = refined
    names = sorted(p.relative_to(work).as_posix() for p in work.rglob("*") if p.is_file())
    assert names == [
        "croissant.json",
        "data_card.en.html",
        "data_card.es.html",
        "documents/test-00000.parquet",
        "documents/train-00000.parquet",
        "documents/validation-00000.parquet",
        "duplicates.parquet",
        "hashes.json",
        "index.parquet",
        "lineage.parquet",
        "poison.json",
        "public_summary.en.html",
        "public_summary.en.json",
        "public_summary.es.html",
        "public_summary.es.json",
        "quality.json",
        "removals.csv",
        "removed.json",
        "size.json",
        "sources.json",
    ]


def contents(work: Path) -> dict[str, bytes]:
    return {p.relative_to(work).as_posix(): p.read_bytes() for p in work.rglob("*") if p.is_file()}


def test_bytes_do_not_depend_on_the_number_of_workers(
    folder: Path, refine: Refine, refined: tuple[Path, dict[str, Any]]
) -> None:
    three, _ = refine(folder, workers=3)
    assert contents(three) == contents(refined[0])


def read_in_small_parts(task: ChunkTask, lost: dict[int, str], unit: Unit) -> int:
    """`read_chunk` whose parts end after a few documents, as those of a large archive do."""
    read.BATCH_CHARACTERS, read.PART_CHARACTERS = 1_000, 3_000
    return read.read_chunk(task, lost, unit)


def test_a_file_of_many_documents_is_worked_on_in_parts(
    folder: Path,
    refine: Refine,
    refined: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_hand = tmp_path / "by-hand"
    files = plan.list_files([Source(path=".")], folder, "documents")
    settings = StepSettings(CorpusSection(), "es", bytes(32))
    (task,) = [ChunkTask(c, str(by_hand), settings) for c in plan.cut_into_chunks(files)]
    monkeypatch.setattr(read, "BATCH_CHARACTERS", 1_000)
    monkeypatch.setattr(read, "PART_CHARACTERS", 3_000)
    found = read.read_chunk(task, {}, lambda _index, _seconds: None)
    parts = parts_of([task])
    tables = [pq.read_table(part.file("read")) for part in parts]
    assert len(parts) > 4
    assert sum(map(len, tables)) == found
    assert all(len(table) for table in tables)
    assert sum(part.bytes for part in parts) == pytest.approx(task.chunk.bytes)

    monkeypatch.setattr(passes, "_READ", Named(__name__, "read_in_small_parts"))
    in_parts, metrics = refine(folder, workers=2)
    whole, expected = refined
    assert metrics == expected
    assert documents(in_parts) == documents(whole)
    assert list(lineage(in_parts).items()) == list(lineage(whole).items())
    for name in ("hashes.json", "poison.json", "quality.json", "removed.json", "removals.csv"):
        assert (in_parts / name).read_bytes() == (whole / name).read_bytes()


SCRIPT = """
import sys
from pathlib import Path
from dialecto.corpus import plan
from tests.corpus.conftest import refine_into
plan.CHUNK_FILES = 12
refine_into(Path(sys.argv[1]), Path(sys.argv[2]), workers=2, pii={"enabled": False})
"""
# What lies there when the run is in the middle of a pass, or between two.
MOMENTS = (
    ".between/lines/*.parquet",
    ".between/keys/*.parquet",
    ".between/protected/*.parquet",
    "documents/*.parquet",
)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_killed_in_each_pass_and_run_again_gives_the_same_bytes(
    folder: Path, refine: Refine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "killed"
    command = [sys.executable, "-c", SCRIPT, str(work), str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for moment in MOMENTS:
        process = subprocess.Popen(command, env=environment)
        while process.poll() is None and not any(work.glob(moment)):
            time.sleep(0.005)
        assert process.poll() is None, f"it ended before {moment}"
        process.send_signal(signal.SIGKILL)
        process.wait()
    monkeypatch.setattr(plan, "CHUNK_FILES", 12)
    again = refine_into(work, folder, workers=1, pii={"enabled": False})
    undisturbed, metrics = refine(folder, pii={"enabled": False})
    assert contents(work) == contents(undisturbed)
    assert again == metrics


def test_people_and_look_alikes_stay_in_one_split(tmp_path: Path, refine: Refine) -> None:
    source = tmp_path / "fuente"
    source.mkdir()
    for number in range(60):
        person = number // 3
        (source / f"{number:02d}.txt").write_text(
            f"{prose(number)} Escriba a persona{person}@ejemplo{person}.es para más datos.",
            encoding="utf-8",
        )
    work, metrics = refine(source)
    splits: dict[int, set[str]] = {}
    for path, row in lineage(work).items():
        splits.setdefault(int(path[:2]) // 3, set()).add(row["split"])
    assert all(len(found) == 1 for found in splits.values())
    assert metrics["documents.validation"] >= 3
    assert metrics["documents.test"] >= 3


def test_one_long_document_is_spread_over_the_splits(tmp_path: Path, refine: Refine) -> None:
    source = tmp_path / "libro.txt"
    text = "\n\n".join(prose(number, 60) for number in range(400))
    source.write_text(text, encoding="utf-8")
    work, metrics = refine(tmp_path, kinds={"libro.txt": "documents"}, pii={"enabled": False})
    assert metrics["documents.in"] == metrics["documents.kept"] == 1
    assert metrics["documents.parts"] > 10
    parts = sorted(documents(work), key=lambda row: row["part"])
    assert "".join(part["text"] for part in parts) == text
    assert lineage(work)["libro.txt"]["split"] == "train,validation,test"
    assert 0.7 < metrics["documents.train"] / metrics["documents.parts"] < 0.9


def test_conversations_are_checked_and_protected(tmp_path: Path, refine: Refine) -> None:
    talks = tmp_path / "charlas.jsonl"
    good = [
        {
            "messages": [
                {"role": "user", "content": f"¿Cuál es el precio {number}?"},
                {
                    "role": "assistant",
                    "content": f"Pregunte a ventas{number}@ejemplo.es, {number}.",
                },
            ]
        }
        for number in range(100)
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in good]
    lines += ["{rota", json.dumps({"messages": [{"role": "bot", "content": "x"}]}), lines[0]]
    talks.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "nota.txt").write_text(prose(1), encoding="utf-8")
    work, metrics = refine(
        tmp_path, kinds={"nota.txt": "documents", "charlas.jsonl": "conversations"}
    )
    assert metrics["conversations.in"] == 103
    assert metrics["conversations.kept"] == 100
    assert metrics["conversations.quarantined"] == 2
    assert metrics["conversations.removed.exact_duplicate"] == 1
    assert metrics["documents.in"] == 1
    tables = {
        s: pq.read_table(work / f"conversations/{s}.parquet").to_pylist()
        for s in ("train", "validation", "test")
    }
    assert len(tables["train"]) + len(tables["validation"]) == 100
    assert len(tables["validation"]) > 0
    assert not any("ventas3@ejemplo.es" in str(row) for rows in tables.values() for row in rows)
    problems = json.loads((work / "removed.json").read_text(encoding="utf-8"))["conversations"]
    assert [e["path"] for e in problems["examples"]["malformed"]] == [
        "charlas.jsonl:101",
        "charlas.jsonl:102",
    ]


def test_nothing_left_says_why(tmp_path: Path, refine: Refine) -> None:
    (tmp_path / "fuente").mkdir()
    (tmp_path / "fuente" / "a.txt").write_text("corta")
    with pytest.raises(DialectoError, match="1 too_short"):
        refine(tmp_path / "fuente")
    with pytest.raises(DialectoError, match="no file to read"):
        refine(tmp_path / "fuente", "other", kinds={"missing": "documents"})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_names_that_are_not_utf8(tmp_path: Path, refine: Refine) -> None:
    folder = tmp_path / "fuente"
    (folder / "charlas").mkdir(parents=True)
    for number, name in enumerate((b"a\xf1o.txt", b"a\xf3o.txt")):
        (folder / os.fsdecode(name)).write_text(prose(number), encoding="utf-8")
    (folder / "charlas" / os.fsdecode(b"voz\xf1.jsonl")).write_text("no es JSON\n")
    work, metrics = refine(folder, kinds={".": "documents", "charlas": "conversations"})
    rows = pq.read_table(work / "lineage.parquet").to_pylist()
    assert len({row["id"] for row in rows}) == len(rows) == 3
    assert metrics["documents.kept"] == 2
    assert metrics["documents.quarantined"] == metrics["conversations.quarantined"] == 1
