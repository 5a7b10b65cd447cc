"""The report page: complete, harmless whatever the data says, the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from dialecto.recipe import ReportSection
from dialecto.reporting.stage import run
from dialecto.runtime import StageContext

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """What a browser would make of the page: elements, text, whether all is well nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts).replace("\N{NO-BREAK SPACE}", " "))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report(work: Path, inputs: Mapping[str, Path], lang: str = "es", **section: object) -> str:
    work.mkdir(exist_ok=True)
    metrics = run(
        StageContext(work),
        inputs,
        section=ReportSection.model_validate(section),
        name="Valdelaguna & <hijos>",
        lang=lang,
    )
    html = (work / "report.html").read_text(encoding="utf-8")
    assert metrics["bytes"] == len(html.encode())
    return html


@pytest.fixture(scope="module", params=["es", "en"])
def html(
    request: pytest.FixtureRequest,
    inputs: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    return report(tmp_path_factory.mktemp("report"), inputs, request.param)


def test_the_page_is_well_formed_and_names_no_address(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert "//" not in re.sub(r"/\*.*?\*/", "", html)
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "srcset", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert not page.all("link")
    policy = [m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in str(policy[0]["content"])


def test_what_documents_and_models_say_is_text_and_never_markup(html: str) -> None:
    page = Page(html)
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("i") or all("style" in i for i in page.all("i"))  # only the bars
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert page.text.count('<script>alert("documento")</script>') >= 5
    assert "Valdelaguna & <hijos>" in page.text
    assert "\u202e" not in html  # a direction override would disguise what follows


def test_the_page_is_accessible(html: str) -> None:
    page = Page(html)
    tags = [tag for tag, _ in page.elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.all("html")[0]["lang"] in ("es", "en")
    assert tags.count("caption") == tags.count("table") >= 8
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    plots = page.all("svg")
    assert len(plots) == 4  # two curves, the comparison, the lineage
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    identifiers = [str(a["id"]) for _, a in page.elements if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    targets = {str(a["href"])[1:] for a in page.all("a")}
    assert targets <= set(identifiers)


def test_the_numbers_are_there_as_the_language_writes_them(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    spanish = Page(report(tmp_path / "es", inputs)).text
    english = Page(report(tmp_path / "en", inputs, "en")).text
    for wanted in ("1,234", "88 %", "12,5", "5,4 M", "123.456", "nombre de persona", "6 min 40 s"):
        assert wanted in spanish
    for wanted in ("1.234", "88%", "12.5", "5.4 M", "123,456", "person's name", "18% fewer"):
        assert wanted in english
    assert "72 encontrados = 60 aprovechados + 11 retirados + 1 en cuarentena" in spanish
    assert "near duplicate of another" in english
    assert "previstos 1,111; logrados 1,222" in spanish
    assert "1.111 predicted, 1.222 achieved" in english
    assert "57%" in english


def test_examples_are_as_many_as_asked_and_name_no_file(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    html = report(tmp_path / "two", inputs, masked_examples=2)
    assert [f"<code>r{i:02d}</code>" in html for i in range(1, 5)] == [True, True, False, False]
    assert "Ana Torres" not in html
    none = Page(report(tmp_path / "none", inputs, masked_examples=0)).text
    assert "[NAME] llamó" not in none
    assert "Ejemplos" not in none


def test_the_same_artefacts_give_the_same_bytes(inputs: dict[str, Path], tmp_path: Path) -> None:
    assert report(tmp_path / "a", inputs) == report(tmp_path / "b", inputs)


@pytest.mark.parametrize(
    "missing",
    [("tune",), ("evaluate",), ("tune", "evaluate"), ("corpus",), ("pretrain", "tune"), None],
)
def test_missing_pieces_leave_their_section_out(
    inputs: dict[str, Path], tmp_path: Path, missing: tuple[str, ...] | None
) -> None:
    left = {} if missing is None else {k: v for k, v in inputs.items() if k not in missing}
    html = report(tmp_path / "part", left)
    page = Page(html)
    sections = {str(section["id"]) for section in page.all("section")}
    assert ("input" in sections) == ("corpus" in left)
    assert ("training" in sections) == ("pretrain" in left)
    assert ("answers" in sections) == ("evaluate" in left)
    assert {"score", "lineage", "words"} <= sections
    assert {str(a["href"])[1:] for a in page.all("a")} <= sections


def test_folders_without_a_manifest_and_empty_files(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("corpus", "pretrain", "tune", "evaluate")}
    for folder in folders.values():
        folder.mkdir()
    (folders["pretrain"] / "metrics.jsonl").write_text("")
    (folders["evaluate"] / "answers.jsonl").write_text("")
    page = Page(report(tmp_path / "work", folders))
    assert "training" not in {section["id"] for section in page.all("section")}


def test_own_title(inputs: dict[str, Path], tmp_path: Path) -> None:
    assert "Informe de Archivo 2026" in report(tmp_path / "t", inputs, title="Archivo 2026")
