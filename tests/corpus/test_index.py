"""What was there is known again: indexes of earlier corpora; clusters; repeated paragraphs."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus.duplicates import Document, find_duplicates
from dialecto.corpus.index import described, find_in_indexes, write_index
from dialecto.corpus.paragraphs import paragraph_hashes, paragraphs, without_paragraphs
from dialecto.corpus.shingles import Shingler
from dialecto.corpus.signature import similarities
from dialecto.corpus.siphash import siphash
from dialecto.corpus.views.known import known_documents
from dialecto.runtime import DialectoError
from tests.corpus.conftest import Refine, documents, lineage
from tests.corpus.test_stage import prose

KEY = b"k" * 32


def test_siphash_is_the_published_function() -> None:
    # The eighth vector of the reference implementation: key 00..0f, message 00..07.
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    message = np.array([0x0706050403020100], dtype=np.uint64)
    assert siphash(message, key).astype("<u8").tobytes().hex() == "6224939a79f5f593"


def varied(text: str, share: float, seed: int) -> str:
    """The text with this share of its words, in one run, replaced."""
    words = text.split()
    size = int(share * len(words))
    start = random.Random(seed).randrange(len(words) - size)
    words[start : start + size] = [f"otro{n}" for n in range(size)]
    return " ".join(words)


def test_what_an_index_holds_is_found_again(tmp_path: Path) -> None:
    texts = {f"v{n}": prose(n, words=150 + 200 * (n % 20)) for n in range(200)}
    path = tmp_path / "index.parquet"
    assert write_index(path, described(texts.items()), KEY) == 200
    fresh = {
        **{f"igual{n}": texts[f"v{n}"].upper() for n in range(0, 40)},
        **{f"casi{n}": varied(texts[f"v{n}"], 0.05, n) for n in range(40, 80)},
        **{f"medio{n}": varied(texts[f"v{n}"], 0.4, n) for n in range(80, 120)},
        **{f"nuevo{n}": prose(1000 + n) for n in range(40)},
    }
    found = find_in_indexes(described(fresh.items()), [path], 0.8, KEY)
    assert {r.id: r.of for r in found} == {
        **{f"igual{n}": f"v{n}" for n in range(0, 40)},
        **{f"casi{n}": f"v{n}" for n in range(40, 80)},
    }
    assert all((r.kind == "exact_duplicate") == r.id.startswith("igual") for r in found)
    near = [r for r in found if r.kind == "near_duplicate"]
    shingler = Shingler()
    for repeat in near:
        both = shingler.all([fresh[repeat.id], texts[repeat.of]])
        (true,) = similarities(np.array([0]), np.array([1]), both)
        assert abs(repeat.similarity - true) < 0.1
    # At home a document with an indexed one's id is that one, seen before.
    again, known = described([("v3", texts["v3"])]), frozenset(["v3"])
    assert find_in_indexes(again, [path], 0.8, KEY, known, tmp_path) == []
    assert len(find_in_indexes(again, [path], 0.8, KEY, known, tmp_path / "other")) == 1


def test_an_index_tells_nothing_without_the_key(tmp_path: Path) -> None:
    path = tmp_path / "index.parquet"
    one = described([("a", prose(1))])
    write_index(path, one, KEY)
    with pytest.raises(DialectoError, match="pseudonym key"):
        find_in_indexes(one, [path], 0.8, b"x" * 32)
    row = pq.read_table(path).to_pylist()[0]
    plain = {int(n) for n in one[0].shingles}
    assert not plain & set(np.frombuffer(row["sketch"], dtype="<u8").tolist())
    assert not set(one[0].bands.tolist()) & set(np.frombuffer(row["bands"], "<u8").tolist())
    with pytest.raises(DialectoError, match="no index"):
        find_in_indexes(one, [tmp_path / "nada"], 0.8, KEY)
    (tmp_path / "falso").write_text("no")
    with pytest.raises(DialectoError, match="not an index"):
        find_in_indexes(one, [tmp_path / "falso"], 0.8, KEY)


def test_an_index_of_other_hashes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.parquet"
    one = described([("a", prose(1))])
    write_index(path, one, KEY)
    table = pq.read_table(path)
    old = {k: v for k, v in table.schema.metadata.items() if k != b"dialecto.hashes"}
    pq.write_table(table.replace_schema_metadata(old), path)
    with pytest.raises(DialectoError, match="Make that corpus again"):
        find_in_indexes(one, [path], 0.8, KEY)


def test_a_second_corpus_is_compared_with_the_first(tmp_path: Path, refine: Refine) -> None:
    old, new = tmp_path / "vieja", tmp_path / "nueva"
    old.mkdir()
    new.mkdir()
    for number in range(12):
        (old / f"{number}.txt").write_text(prose(number), encoding="utf-8")
    for number in range(6, 18):
        (new / f"b{number}.md").write_text("# Título\n\n" + prose(number), encoding="utf-8")
    first, _ = refine(old, name="primero")
    second, metrics = refine(new, name="segundo", dedup={"against": [str(first)]})
    gone = {p for p, r in lineage(second).items() if r["outcome"] == "removed"}
    assert gone == {f"b{number}.md" for number in range(6, 12)}
    assert metrics["documents.removed.near_duplicate"] == 6
    rows = pq.read_table(second / "duplicates.parquet").to_pylist()
    old_ids = {row["id"]: path for path, row in lineage(first).items()}
    new_ids = {row["id"]: path for path, row in lineage(second).items()}
    assert {(new_ids[r["id"]][1:-3], old_ids[r["of"]][:-4]) for r in rows} == {
        (str(n), str(n)) for n in range(6, 12)
    }
    kept = {r["id"] for r in lineage(second).values() if r["outcome"] == "kept"}
    assert set(pq.read_table(second / "index.parquet")["id"].to_pylist()) == kept


def test_a_file_of_another_project_is_not_the_one_of_that_name_here(
    tmp_path: Path, refine: Refine
) -> None:
    """Sources are called after their folders: `docs/1.txt` of two projects are two documents."""
    for project in ("uno", "otro"):
        (tmp_path / project / "docs").mkdir(parents=True)
        for number in range(4):
            text = prose(number if project == "uno" or number < 2 else 50 + number)
            (tmp_path / project / "docs" / f"{number}.txt").write_text(text, encoding="utf-8")
    kinds = {"docs": "documents"}
    first, _ = refine(tmp_path / "uno", "uno/out", kinds=kinds)
    against = {"against": [str(first)]}
    second, _ = refine(tmp_path / "otro", "otro/out", kinds=kinds, dedup=against)
    gone = {p for p, r in lineage(second).items() if r["reason"] == "exact_duplicate"}
    assert gone == {"0.txt", "1.txt"}
    # Of a corpus of this very project it is the same document, and stays.
    same, _ = refine(tmp_path / "uno", "uno/out2", kinds=kinds, dedup=against)
    assert {r["outcome"] for r in lineage(same).values()} == {"kept"}


def test_files_are_compared_before_they_become_a_source(tmp_path: Path, refine: Refine) -> None:
    old, new = tmp_path / "vieja", tmp_path / "nueva"
    for folder, numbers in ((old, range(5)), (new, range(3, 8))):
        folder.mkdir()
        for number in numbers:
            (folder / f"{number}.txt").write_text(prose(number), encoding="utf-8")
    (new / "rota.pdf").write_bytes(b"%PDF-1.4")
    work, _ = refine(old)
    found = known_documents([new], work, 0.8)
    assert (found["documents"], found["unreadable"], found["known"]) == (5, 1, 2)
    assert [d["path"] for d in found["duplicates"]] == ["nueva/3.txt", "nueva/4.txt"]
    assert {d["of"] for d in found["duplicates"]} <= {r["id"] for r in lineage(work).values()}
    with pytest.raises(DialectoError, match="no file"):
        known_documents([tmp_path / "nada"], work, 0.8)


def test_one_text_in_four_formats_is_one_document(tmp_path: Path, refine: Refine) -> None:
    from dialecto.sample.document import Block
    from dialecto.sample.document import Document as Written
    from dialecto.sample.office import docx_bytes, pdf_bytes

    source = tmp_path / "fuente"
    source.mkdir()
    paragraphs = [prose(number, 60) for number in range(6)]
    (source / "a.md").write_text("# Acta\n\n" + "\n\n".join(paragraphs), encoding="utf-8")
    html = "".join(f"<p>{text}</p>" for text in paragraphs)
    (source / "b.html").write_text(
        f"<!doctype html><html lang=es><body><h1>Acta</h1>{html}</body></html>", encoding="utf-8"
    )
    written = Written("Acta", tuple(Block("paragraph", (text,)) for text in paragraphs))
    (source / "c.docx").write_bytes(docx_bytes(written))
    (source / "d.pdf").write_bytes(pdf_bytes(written))
    work, metrics = refine(source, pii={"enabled": False}, quality={"enabled": False})
    assert metrics["documents.kept"] == 1
    assert metrics["documents.in"] == 4
    reasons = {row["reason"] for row in lineage(work).values()}
    assert reasons <= {"", "exact_duplicate", "near_duplicate"}
    clusters = pq.read_table(work / "duplicates.parquet")["cluster"].to_pylist()
    assert len(clusters) == 3
    assert len(set(clusters)) == 1


def test_the_best_of_a_cluster_is_kept() -> None:
    texts = [prose(1, 300)] + [varied(prose(1, 300), 0.03, seed) for seed in range(4)]
    names = [f"d{n}" for n in range(len(texts))]
    shingles = Shingler().all(texts)

    def kept(quality: dict[str, float]) -> set[str]:
        documents = [Document(name, 100, name, quality.get(name, 0.5)) for name in names]
        duplicates, _ = find_duplicates(documents, shingles, 0.8)
        return set(names) - {d.id for d in duplicates}

    (centre,) = kept({})
    for name in names:
        assert kept({name: 0.9}) == {name}
        assert kept({name: 0.52}) == {centre}  # too small a difference to count


LONG = " ".join(f"palabra{n} de la casa" for n in range(12)) + "."


def test_a_repeated_paragraph_stays_in_one_document(tmp_path: Path, refine: Refine) -> None:
    source = tmp_path / "fuente"
    source.mkdir()
    for number in range(6):
        (source / f"{number}.txt").write_text(
            f"{prose(number)}\n\n{LONG if number % 2 else LONG.upper()}\n\n{prose(100 + number)}\n"
            f"\n1. {LONG}\n",
            encoding="utf-8",
        )
    for number in range(40):  # so many that what six share is no boilerplate
        (source / f"otro{number}.txt").write_text(prose(200 + number), encoding="utf-8")
    (source / "solo.txt").write_text(LONG, encoding="utf-8")
    (source / "dos-a.txt").write_text(f"{prose(50)}\n\n{prose(60)}", encoding="utf-8")
    (source / "dos-b.txt").write_text(f"{prose(51)}\n\n{prose(60)}", encoding="utf-8")
    work, metrics = refine(source, pii={"enabled": False})
    texts = {row["path"]: row["text"] for row in documents(work)}
    holding = [p for p, t in texts.items() if any(b.casefold() == LONG for b in t.split("\n\n"))]
    assert len(holding) == 1
    rows = lineage(work)
    for path, row in rows.items():
        if path[0].isdigit() and path not in holding:
            assert row["changes"] == ["paragraphs:1"]
    assert all(f"1. {LONG}" in texts[f"{n}.txt"] for n in range(6))  # a clause: structure
    if "solo.txt" not in holding:
        assert (rows["solo.txt"]["outcome"], rows["solo.txt"]["reason"]) == ("removed", "repeated")
        assert metrics["documents.removed.repeated"] == 1
    assert prose(60) in texts["dos-a.txt"]  # only two documents have it
    assert prose(60) in texts["dos-b.txt"]
    off, _ = refine(source, name="off", dedup={"paragraphs": {"enabled": False}})
    assert all(LONG in t.casefold() for p, t in ((r["path"], r["text"]) for r in documents(off))
               if p[0].isdigit())  # fmt: skip


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("ab \n`~#|-1."), max_size=300))
def test_pieces_join_to_the_text_and_only_what_is_named_goes(text: str) -> None:
    assert "".join(block for block, _ in paragraphs(text)) == text
    hashes = paragraph_hashes(text, 2)
    assert without_paragraphs(text, frozenset(), 2) == (text, 0)
    shorter, gone = without_paragraphs(text, frozenset(hashes), 2)
    assert gone >= len(hashes)
    assert paragraph_hashes(shorter, 2) == [] or "`" in text or "~" in text


@pytest.mark.parametrize(
    "structure",
    [
        f"# {LONG}",
        f"| {LONG} | uno |",
        f"```\n{LONG}\n\n{LONG}\n```",
        f"- {LONG}",
        f"Artículo 5. {LONG}",
        f"PRIMERA.- {LONG}",
        f"3.2 {LONG}",
        f"    {LONG}",
    ],
)
def test_structure_is_never_a_paragraph(structure: str) -> None:
    assert paragraph_hashes(structure, 30) == []
    assert len(paragraph_hashes(f"{structure}\n\n{LONG}", 30)) == 1
