"""Characters that nobody sees are counted; what writing needs is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.corpus.plan import InputFile
from dialecto.corpus.poison.hidden import hidden_characters
from dialecto.corpus.read import read_file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("una con\u200btra\u200bse\u200bña", {"zero_width": 3}),
        ("datos\u200b\u200c\u200b\u200b\u200c fin", {"zero_width": 5}),
        ("p\u0430yp\u0430l le espera", {"homoglyphs": 1}),
        ("el archivo va\u202ecod.exe", {"bidi": 1}),
        ("hola\U000e0068\U000e0069", {"tags": 2}),
        ("a\U000e0101\U000e0102\U000e0103\U000e0104b", {"selectors": 1}),
    ],
)
def test_what_hides_is_counted(text: str, expected: dict[str, float]) -> None:
    assert hidden_characters(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "plain text",
        "una familia \U0001f468\u200d\U0001f469\u200d\U0001f467 y un \u2764\ufe0f",
        "Escocia \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u05e9\u05dc\u05d5\u05dd \u200fSQL\u200e \u05e2\u05d5\u05dc\u05dd",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "de 5 \u03bcm a 3 k\u03a9, con \u03b1 = 0,05",
        "\u041f\u0440\u0438\u0432\u0435\u0442, SQL-\u0441\u0435\u0440\u0432\u0435\u0440",
        "co\u00adope\u00adra\u00adti\u00adva",
        "\ufeffprincipio de un archivo de Windows",
    ],
)
def test_what_writing_needs_is_not(text: str) -> None:
    assert hidden_characters(text) == {}


def test_counted_before_cleaning_takes_them_away(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("La con\u200btra\u200bse\u200bña de siempre.", encoding="utf-8")
    (row,) = read_file(InputFile("s", "a.txt", str(file), 1))
    assert "\u200b" not in row["text"]
    assert dict(row["measures"])["poison.zero_width"] == 3
