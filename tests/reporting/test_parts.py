"""Catalogues, numbers, formats, plots."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dialecto.reporting
from dialecto.reporting.bars import bars
from dialecto.reporting.facts import document_format
from dialecto.reporting.plots import curve, smooth
from dialecto.reporting.texts import Words, catalogue, visible

LINES = [
    {"seconds": float(i), "loss": 5 - i / 10, "bpb": 4 - i / 10, "validation_bpb": 4 - i / 11}
    for i in range(1, 30)
]
LABELS = {"train": "a", "validation": "b", "minutes": "min", "seconds": "s", "y": "bits"}


def test_both_catalogues_say_the_same_things() -> None:
    spanish, english = catalogue("es"), catalogue("en")
    assert set(spanish) == set(english)
    for key, text in spanish.items():
        assert text.strip()
        assert english[key].strip()
        fields = [{f for _, f, _, _ in Formatter().parse(t) if f} for t in (text, english[key])]
        assert fields[0] == fields[1], key


def test_every_text_that_the_template_names_exists() -> None:
    folder = Path(dialecto.reporting.__file__).parent
    paths = [*folder.glob("templates/*.j2"), *folder.glob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    named = set(re.findall(r"""\bt\(["']([a-z_.0-9]+)["']""", source))
    assert len(named) > 60
    assert {name for name in named if not name.endswith(".")} <= set(catalogue("es"))


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("es", ["1.234.567,9", "0,50", "12 %", "1,5 MB", "2 h 05 min", "2,0 mil M", "3,5 Wh"]),
        ("en", ["1,234,567.9", "0.50", "12%", "1.5 MB", "2 h 05 min", "2.0 B", "3.5 Wh"]),
    ],
)
def test_numbers(lang: str, expected: list[str]) -> None:
    t = Words(lang)
    found = [
        t.number(1234567.89, 1),
        t.number(0.5, 2),
        t.percent(0.12),
        t.size(1_500_000),
        t.duration(7500),
        t.quantity(2e9),
        t.energy(0.0035).replace("3,50", "3,5").replace("3.50", "3.5"),
    ]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in found] == expected
    assert t.energy(None) == t("energy.unknown")
    assert t.number(float("inf")) == "∞"
    assert t.duration(59.96) == t.number(60, 1) + "\N{NO-BREAK SPACE}s"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("actas/3.DOCX", "docx"),
        ("faq.jsonl:17", "jsonl"),
        ("a.b/LEEME", ""),
        ("notas: marzo.txt", "txt"),
        (".bashrc", ""),
        ("", ""),
        ("a.jsonl.gz:17", "jsonl"),
        ("a.zip!/dentro/b.MD", "md"),
        ("a.warc.gz!/https://sitio.example/pagina", "warc"),
        ("a.mbox:3!/acta.pdf", "pdf"),
    ],
)
def test_formats(path: str, expected: str) -> None:
    assert document_format(path) == expected


@given(st.text())
def test_visible_text_has_no_disguises(text: str) -> None:
    assert not re.search("[\x00-\x08\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", visible(text))


def test_plots_take_the_pages_colours_and_repeat_exactly() -> None:
    def draw() -> str:
        return curve(
            LINES, field="bpb", labels=LABELS, number=Words("es").number, alt='"a" <b>', key="k"
        )

    svg = draw()
    assert svg == draw()
    assert svg.startswith('<svg class="plot" role="img" aria-label="&quot;a&quot; &lt;b&gt;"')
    assert "var(--accent)" in svg
    assert not re.search(r"#0\d0\d0\d\b", svg)
    assert "http" not in svg
    assert ">bits</text>" in svg
    names = re.findall(r'id="([^"]+)"', svg)
    assert names
    assert all(name.startswith("k-") for name in names)
    assert {link.removeprefix("#") for link in re.findall(r'href="([^"]+)"', svg)} <= set(names)


def test_plots_of_one_line_and_of_equal_values() -> None:
    for lines in (LINES[:1], [{"seconds": 1.0, "bpb": 0.0}], [{"seconds": 400.0, "bpb": 2.0}] * 3):
        number = Words("en").number
        assert "<svg" in curve(lines, field="bpb", labels=LABELS, number=number, alt="", key="k")


def test_bars_are_as_long_as_their_values() -> None:
    rows = [("uno", 30.0, "30 u"), ("a $x$ & <b>", 15.0, "15 u"), ("ñ" * 90, 0.0, "0 u")]
    plot = bars(rows, own=1, x="cosas", number=Words("es").number, alt='"a"')
    assert plot.startswith('<svg class="plot" role="img" aria-label="&quot;a&quot;"')
    drawn = ElementTree.fromstring(plot)
    lengths = [float(bar.attrib["width"]) for bar in drawn.iter("rect")]
    assert lengths[1:] == pytest.approx([lengths[0] / 2, 0.0], abs=0.1)
    assert [bar.attrib["style"][6:] for bar in drawn.iter("rect")] == [
        *(["var(--accent)"] + 2 * ["var(--muted)"])
    ]
    texts = [text.text for text in drawn.iter("text")]
    assert texts == [
        *("uno", "30 u", "a $x$ & <b>", "15 u", "ñ" * 90, "0 u"),
        *("0", "5", "10", "15", "20", "25", "30", "cosas"),
    ]
    width = float(drawn.attrib["viewBox"].split()[2])
    assert lengths[0] < width / 2  # the longest label has the other half, pressed together
    pressed = [text.text for text in drawn.iter("text") if "textLength" in text.attrib]
    assert pressed == ["ñ" * 90]


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0007, "0.0006"), (1.1, "1.2"), (7.0, "6"), (1e9, "1,000,000,000")]
)
def test_the_axis_of_bars_has_round_numbers(value: float, shown: str) -> None:
    plot = bars([("a", value, "")], own=1, x="", number=Words("en").number, alt="")
    texts = [text.text for text in ElementTree.fromstring(plot).iter("text")]
    assert texts[-2] == shown
    assert 4 <= len(texts[2:-1]) <= 8


def test_smoothing_keeps_a_constant() -> None:
    assert smooth([2.0] * 50) == pytest.approx([2.0] * 50)
    assert smooth([]) == []
