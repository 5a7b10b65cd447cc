"""Terms go with every document, and the papers tell what is known and mark what is not."""

from __future__ import annotations

import csv
import json
import logging
import re
from html import escape
from pathlib import Path
from typing import Any, get_args

import mlcroissant
import pyarrow.parquet as pq
import pytest

from dialecto.corpus.stage import run
from dialecto.recipe import CorpusSection, Source
from dialecto.recipe.corpus import HarmPolicy
from dialecto.recipe.pii import Policy
from dialecto.reporting.texts import catalogue
from dialecto.runtime import StageContext

TERMS = {
    "owner": "Cooperativa",
    "licence": "contrato",
    "purpose": "atención",
    "retention": "2099-12-31",
    "sensitivity": "internal",
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, Any]]]:
    """A corpus of two sources, one with terms and one without; what the ledger was told."""
    root = tmp_path_factory.mktemp("papers")
    for name in ("docs", "<b>otros"):
        (root / name).mkdir()
    for number in range(12):
        text = f"El expediente número {number} trata de riego, cosecha y almacén. " * 3
        (root / "docs" / f"{number}.txt").write_text(f"{text} Lote {number * 7919}.", "utf-8")
    (root / "<b>otros" / "nota.txt").write_text(
        "La reunión del martes fue larga y útil para todos."
    )
    (root / "<b>otros" / "=corta.txt").write_text("corta")
    work = root / "work"
    told: list[tuple[str, Any]] = []
    context = StageContext(work, record=lambda action, facts: told.append((action, facts)))
    run(
        context,
        {},
        section=CorpusSection(
            workers=1, card={"provider": "Ñandú S. Coop.", "collected": "2026-01-31"}
        ),
        sources=[Source(path="docs", **TERMS), Source(path="<b>otros")],
        root=root,
        lang="es",
        seed=1,
    )
    return work, told


def test_terms_go_with_every_document(papers: tuple[Path, list[tuple[str, Any]]]) -> None:
    work, told = papers
    rows = [r for f in (work / "documents").glob("*.parquet") for r in pq.read_table(f).to_pylist()]
    rows += pq.read_table(work / "lineage.parquet").to_pylist()
    assert {row["source"] for row in rows} == {"docs", "<b>otros"}
    for row in rows:
        wanted = TERMS if row["source"] == "docs" else dict.fromkeys(TERMS, "")
        assert {name: row[name] for name in TERMS} == wanted
    assert told == [("corpus.terms_missing", {"<b>otros": list(TERMS)})]


@pytest.mark.filterwarnings("ignore")  # of mlcroissant about its own dependencies
def test_the_croissant_is_valid_and_gives_the_documents(
    papers: tuple[Path, list[tuple[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "absl")
    work, _ = papers
    dataset = mlcroissant.Dataset(jsonld=work / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    texts = [r["train/text"].decode() for r in dataset.records(record_set="train")]
    rows = [r for f in (work / "documents").glob("train-*") for r in pq.read_table(f).to_pylist()]
    assert sorted(texts) == sorted(row["text"] for row in rows)
    document = json.loads((work / "croissant.json").read_text("utf-8"))
    assert document["license"] == ["contrato"]
    assert document["creator"]["name"] == "Ñandú S. Coop."


@pytest.mark.parametrize("lang", ["es", "en"])
def test_pages_escape_what_they_show_and_load_nothing(
    papers: tuple[Path, list[tuple[str, Any]]], lang: str
) -> None:
    work, _ = papers
    card = (work / f"data_card.{lang}.html").read_text("utf-8")
    summary = (work / f"public_summary.{lang}.html").read_text("utf-8")
    assert "Cooperativa" in card
    assert "<mark>" in card
    for page in (card, summary):
        assert "<b>otros" not in page
        assert "&lt;b&gt;otros" in page
        assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
        assert not re.search(r"https?://", page.replace("http://www.w3.org", ""))


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_policy_has_words_of_its_own(lang: str) -> None:
    """A card is read by people who never saw a recipe."""
    words = catalogue(lang)
    for policy in get_args(HarmPolicy):
        assert words[f"policy.harm.{policy}"]
    for policy in get_args(Policy):
        assert words[f"policy.pii.{policy}"]


def test_the_card_says_what_was_done_in_words(
    papers: tuple[Path, list[tuple[str, Any]]],
) -> None:
    work, _ = papers
    for lang in ("es", "en"):
        page = (work / f"data_card.{lang}.html").read_text(encoding="utf-8")
        made = page[page.index('id="made"') :]
        for name in ("card.made.quality", "card.made.held_out", "policy.harm.drop"):
            assert escape(catalogue(lang)[name]) in made
        assert catalogue(lang)["lang.es"] in made
        assert "`" not in made[: made.index("</ul>")]


def test_the_summary_fills_what_is_known_and_names_the_blanks(
    papers: tuple[Path, list[tuple[str, Any]]],
) -> None:
    work, _ = papers
    found = json.loads((work / "public_summary.es.json").read_text("utf-8"))
    entries = {entry["field"]: entry for entry in found["entries"]}
    assert found["size_band"] == "under_1b"
    assert entries["provider"]["value"] == "Ñandú S. Coop."
    assert entries["languages"]["value"] == "español"
    assert "docs: 12 documentos" in entries["origin.other"]["value"]
    assert entries["contact"] == {
        "section": "1.1",
        "field": "contact",
        "question": "Contacto",
        "value": None,
        "fill_in": "corpus.card.contact",
    }
    assert "contact" in found["blank"]
    assert "provider" not in found["blank"]


def test_every_removal_is_a_line_that_no_spreadsheet_computes(
    papers: tuple[Path, list[tuple[str, Any]]],
) -> None:
    work, _ = papers
    with (work / "removals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    gone = [
        r for r in pq.read_table(work / "lineage.parquet").to_pylist() if r["outcome"] != "kept"
    ]
    assert [(r["id"], r["reason"]) for r in rows] == [(r["id"], r["reason"]) for r in gone]
    assert rows[-1]["path"] == "'=corta.txt"
    assert rows[-1]["reason"] == "too_short"
