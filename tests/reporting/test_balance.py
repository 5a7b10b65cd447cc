"""The report's parts on size and balance."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dialecto.corpus.balance.step import account
from dialecto.corpus.balance.weights import Weighed
from dialecto.runtime.files import write_json
from tests.artefacts import ATTACK
from tests.reporting.test_report import Page, report


@pytest.fixture
def balanced(inputs: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    """The artefacts with a size and a balance, one group called something vile."""
    folder = tmp_path / "corpus"
    shutil.copytree(inputs["corpus"], folder)
    before = [Weighed(str(n), ATTACK if n < 2 else "", 100, 0.0, 1, 3) for n in range(8)]
    after = [Weighed(d.id, d.group, 100, 0.0, 1, 3, 2 if d.group else 1) for d in before]
    terms = {d.id: {"gender.feminine": 1, "gender.masculine": 3, "group.young": 2} for d in before}
    write_json(folder / "balance.json", account({"by": "topic"}, before, after, terms))
    rule = {"bytes_per_token": 4, "tokens": 250_000, "size_band": "under_1b"}
    write_json(
        folder / "size.json",
        {"documents": 8, "bytes": 1_000_000, "words": 160_000, "rule": rule},
    )
    return {**inputs, "corpus": folder}


@pytest.mark.parametrize("lang", ["es", "en"])
def test_shares_terms_and_tokens_are_told(
    balanced: dict[str, Path], tmp_path: Path, lang: str
) -> None:
    html = report(tmp_path / lang, balanced, lang=lang)
    page = Page(html)
    assert not page.open
    assert not page.all("script")
    assert not page.all("img")
    names = {
        "es": ("Equilibrio", "desconocido", "femeninos", "250.000", "menos de mil millones"),
        "en": ("Balance", "unknown", "feminine", "250,000", "less than 1 billion"),
    }[lang]
    assert all(name in page.text for name in names)
    sections = [section["id"] for section in page.all("section")]
    assert "balance" in sections
    assert "size" in sections
    assert any("40" in str(svg.get("aria-label")) for svg in page.all("svg"))  # 4 of 10 after
    ids = [str(a["id"]) for _, a in page.elements if a.get("id")]
    assert len(ids) == len(set(ids))


def test_a_corpus_that_was_not_balanced_says_nothing_of_it(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    sections = {s["id"] for s in Page(report(tmp_path / "n", inputs)).all("section")}
    assert not sections & {"balance", "size"}
