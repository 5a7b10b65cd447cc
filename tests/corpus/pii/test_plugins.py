"""Recognisers of the user's own: patterns, files, modules, installed ones, Presidio's."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from dialecto.corpus.pii.plugins import code_file, load_recognisers
from dialecto.corpus.pii.protection import Protection
from dialecto.project.plan import plan_stages
from dialecto.project.store import Store
from dialecto.recipe import Recipe
from dialecto.recipe.pii import Pii
from dialecto.runtime import DialectoError

KEY = bytes(range(32))
OURS = """
import re
from dialecto.corpus.pii import Entity, Recogniser

def find(text, start, end):
    for match in re.finditer(r"ZZ-\\d{4}", text[start:end]):
        begin, stop = start + match.start(), start + match.end()
        yield Entity(begin, stop, "PIEZA", match.group(), 1.0, "ours")

RECOGNISERS = [Recogniser("ours", ("PIEZA",), find)]
"""


def protect(text: str, root: Path, **fields: Any) -> str:
    return Protection(Pii.model_validate(fields), KEY, "es", root).protect(text, "es").text


def test_patterns_of_the_recipe(tmp_path: Path) -> None:
    patterns = {"EXPEDIENTE": r"EXP-\d{6}", "LEGAJO": r"legajo (?P<v>[A-Z]\d{3})"}
    text = "Véase EXP-123456, legajo B123, no EXP-12."
    masked = protect(text, tmp_path, policy="mask", patterns=patterns)
    assert masked == "Véase [EXPEDIENTE], legajo [LEGAJO], no EXP-12."
    false = protect(text, tmp_path, patterns=patterns)
    assert false != text
    assert false.startswith("Véase ")
    assert protect(text, tmp_path, patterns=patterns, policies={"LEGAJO": "keep"}) == false.replace(
        false[false.index("legajo") : false.index(", no")], "legajo B123"
    )


def test_a_file_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(OURS, encoding="utf-8")
    fields: dict[str, Any] = {"recognisers": ["ours.py"], "policies": {"PIEZA": "mask"}}
    assert protect("pieza ZZ-1234 rota", tmp_path, **fields) == "pieza [PIEZA] rota"
    assert not list(tmp_path.glob("__pycache__"))


def test_a_policy_on_a_type_that_no_recogniser_brings(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(OURS, encoding="utf-8")
    with pytest.raises(DialectoError, match=r"PIESA.*Did you mean PIEZA"):
        protect("x", tmp_path, recognisers=["ours.py"], policies={"PIESA": "mask"})


def test_a_module_and_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_pii.py").write_text(OURS, encoding="utf-8")
    info = tmp_path / "acme_pii-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pii\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dialecto.recognisers]\nacme = acme_pii:RECOGNISERS\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("acme_pii:RECOGNISERS", "acme"):
        (rule,) = load_recognisers([name], tmp_path, "es")
        assert rule.types == ("PIEZA",)
        assert code_file(name, tmp_path) == tmp_path / "acme_pii.py"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.py", None, "no such file"),
        ("empty.py", "x = 1", "no RECOGNISERS"),
        ("wrong.py", "RECOGNISERS = [1]", "is no recogniser"),
        ("broken.py", "raise OSError('ay')", "OSError: ay"),
        ("json:nothing", None, "AttributeError"),
        ("nobody-installed-this", None, "entry point"),
    ],
)
def test_what_cannot_be_loaded_says_why(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DialectoError, match=message):
        load_recognisers([name], tmp_path, "es")


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        ("raise KeyError('ay')", r"broken: KeyError: 'ay' \(ours.py:4\)"),
        ("yield (0, 4, 'PIEZA')", "no dialecto.corpus.pii.Entity"),
        ("yield Entity(2, 999, 'PIEZA', 'x', 0.9, 'b')", "gave 2-999, outside of a text of 9"),
        ("yield Entity(4, 2, 'PIEZA', 'x', 0.9, 'b')", "gave 4-2, outside"),
        ("yield Entity(0, 2, 'OTRA', 'x', 0.9, 'b')", "type OTRA, but declares PIEZA"),
    ],
)
def test_a_slip_of_a_recogniser_is_named(tmp_path: Path, gives: str, message: str) -> None:
    (tmp_path / "ours.py").write_text(
        "from dialecto.corpus.pii import Entity, Recogniser\n\n"
        f"def find(text, start, end):\n    {gives}\n    yield\n"
        "RECOGNISERS = Recogniser('broken', ('PIEZA',), find)\n",
        encoding="utf-8",
    )
    with pytest.raises(DialectoError, match=message) as raised:
        protect("una pieza", tmp_path, recognisers=["ours.py"])
    assert "'ours.py'" in str(raised.value)


def test_the_files_content_is_in_the_digest(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("hola", encoding="utf-8")
    code = tmp_path / "ours.py"
    code.write_text(OURS, encoding="utf-8")
    recipe = Recipe.model_validate(
        {
            "name": "x",
            "sources": [{"path": "docs"}],
            "corpus": {"pii": {"recognisers": ["ours.py"]}},
        }
    )

    def digest() -> str:
        return plan_stages(tmp_path, recipe, Store(tmp_path / "artifacts"))[0].digest

    before = digest()
    assert digest() == before
    code.write_text(OURS + "\n# changed\n", encoding="utf-8")
    assert digest() != before


def test_recognisers_of_presidio_are_used_as_they_are_and_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    presidio = pytest.importorskip("presidio_analyzer")
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    from dialecto.corpus.pii.presidio import from_presidio

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("asked for the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    mail = from_presidio(EmailRecognizer, "en")
    (found,) = mail.find("escriba a ana@correo.example.com ya", 0, 34)
    assert (found.type, found.text) == ("EMAIL", "ana@correo.example.com")

    weak = presidio.PatternRecognizer(
        supported_entity="PIEZA",
        patterns=[presidio.Pattern("pieza", r"\bZZ\d{4}\b", 0.2)],
        context=["pieza"],
        supported_language="es",
    )
    rule = from_presidio(weak, "es")
    text = "la pieza ZZ1234 y " + "otra cosa muy distinta, " * 4 + "ZZ9999"
    assert [(e.type, e.text) for e in rule.find(text, 0, len(text))] == [("PIEZA", "ZZ1234")]
    (tmp_path / "ours.py").write_text(
        "from presidio_analyzer import Pattern, PatternRecognizer\n"
        "RECOGNISERS = lambda: PatternRecognizer(supported_entity='XX_CODE', name='xx',\n"
        "    patterns=[Pattern('x', r'QX\\d{5}', 0.9)], supported_language='es')\n",
        encoding="utf-8",
    )
    fields: dict[str, Any] = {"recognisers": ["ours.py"], "policy": "mask"}
    assert protect("código QX12345.", tmp_path, **fields) == "código [ID]."
    (nie,) = load_recognisers(
        ["presidio_analyzer.predefined_recognizers:EsNieRecognizer"], tmp_path, "es"
    )
    assert [e.type for e in nie.find("NIE X1234567L", 0, 13)] == ["ID"]
