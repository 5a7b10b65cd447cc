"""The report's part on quality, from what the step leaves."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dialecto.corpus.quality.calibrate import judge
from dialecto.corpus.quality.step import quality_account
from dialecto.recipe import Quality
from dialecto.reporting.quality import POINTS, quality_view
from dialecto.reporting.texts import Words
from dialecto.runtime.files import write_json
from tests.artefacts import ATTACK
from tests.corpus.quality.test_judging import JUNK, documents
from tests.corpus.test_stage import prose
from tests.reporting.test_report import Page, report


def account(source: str = "notas", **section: Any) -> dict[str, Any]:
    texts = [prose(number) for number in range(30)] + [JUNK["phrase"], JUNK["mash"]]
    quality = Quality.model_validate(section)
    return quality_account(judge(documents(texts, source=source), quality), quality)


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_tables_tell_what_was_measured_and_decided(lang: str) -> None:
    found, t = account(), Words(lang)
    view = quality_view(found, t)
    assert view is not None
    assert "32" in view.lead
    assert t("quality.fitted") in view.lead
    assert all(len(row) == 1 + len(POINTS) for row in view.percentiles)
    words = next(row for row in view.percentiles if row[0] == t("measure.words"))
    assert words[4].startswith(str(int(found["percentiles"]["words"]["p50"])))
    assert sum(int(row[2]) for row in view.rules) == found["failed"] == 2
    assert (t("rule.stop_words"), t("family.fineweb2_es")) in {row[:2] for row in view.rules}
    assert not [cell for row in view.decisions for cell in row if "None" in cell]
    published = quality_view(account(calibrate=False, policy="flag"), t)
    assert published is not None
    assert t("quality.published") in published.lead
    assert t("quality.flag") in published.lead
    assert {row[6] for row in published.decisions} == {t("applied.published")}


def test_without_measures_there_is_no_such_part() -> None:
    assert quality_view(None, Words("es")) is None
    empty = {**account(), "documents": 0}
    assert quality_view(empty, Words("es")) is None


def test_the_page_has_it_and_stays_harmless(inputs: dict[str, Path], tmp_path: Path) -> None:
    corpus = shutil.copytree(inputs["corpus"], tmp_path / "corpus")
    plain = report(tmp_path / "a", {**inputs, "corpus": corpus})
    assert 'id="quality"' not in plain
    write_json(corpus / "quality.json", account(source=f"fuente {ATTACK}"))
    html = report(tmp_path / "b", {**inputs, "corpus": corpus})
    page = Page(html)
    assert page.open == []
    assert "Calidad de los textos" in page.text
    assert "texto corrido, español" in page.text
    assert "script" not in {tag for tag, _ in page.elements}
    assert html == report(tmp_path / "c", {**inputs, "corpus": corpus})
