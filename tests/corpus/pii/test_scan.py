"""`pii scan`: findings of any document, shown to people and to programs, secrets to nobody."""

from __future__ import annotations

import json
import shutil
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from dialecto.cli import main
from tests.corpus.extract.test_pdf import pdf

TEXT = "Ana Gil Sanz, DNI 12345678Z, tel. 612 34 56 78. La contraseña: Luna!2020 es nueva."


def scan(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main.run_command(["pii", "scan", *words, "--shipped"])
    return code, capsys.readouterr().out


def test_plain_and_coloured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(TEXT + "\n\x1b]0;title\x07 fin", encoding="utf-8")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    _, plain = scan(capsys, str(tmp_path / "a.txt"))
    assert "[NAME Ana Gil Sanz], DNI [ID 12345678Z], tel. [PHONE 612 34 56 78]" in plain
    assert "contraseña: [SECRET ••••••••] es nueva" in plain
    assert "\x1b" not in plain
    assert "\x07" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m[NAME Ana Gil Sanz]\x1b[0m" in scan(capsys, str(tmp_path / "a.txt"))[1]


def test_json_has_offsets_and_no_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    code, out = scan(capsys, str(tmp_path / "a.txt"), "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["types"] == {"ID": 1, "NAME": 1, "PHONE": 1, "SECRET": 1}
    (document,) = facts["documents"]
    for entity in document["entities"]:
        assert document["text"][entity["start"] : entity["end"]] == entity["text"]
    assert "Luna" not in out


def test_a_folder_of_documents_of_every_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docx = pytest.importorskip("docx")
    folder = tmp_path / "docs"
    folder.mkdir()
    page = docx.Document()
    page.add_paragraph(TEXT)
    page.save(str(folder / "a.docx"))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ana@correo.example", "b@c.example", "Hola"
    mail.set_content(TEXT)
    (folder / "b.eml").write_bytes(bytes(mail))
    with zipfile.ZipFile(folder / "c.zip", "w") as archive:
        archive.writestr("dentro.txt", TEXT)
    (folder / "d.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "e.bin").write_bytes(bytes(range(256)) * 20)
    code, out = scan(capsys, str(folder), "--json")
    facts = json.loads(out)
    assert code == 0
    for name in ("a.docx", "b.eml", "c.zip!/dentro.txt"):
        (one,) = [d for d in facts["documents"] if d["file"] == name]
        assert {"NAME", "ID", "PHONE", "SECRET"} <= {e["type"] for e in one["entities"]}
    assert {d["file"] for d in facts["unreadable"]} == {"d.pdf", "e.bin"}
    _, plain = scan(capsys, str(folder))
    assert "== a.docx" in plain
    assert "cannot be read" in plain


def test_a_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf([[(72, 700, 12, "DNI 12345678Z de Ana Gil Sanz")]]))
    facts = json.loads(scan(capsys, str(tmp_path / "a.pdf"), "--json")[1])
    assert facts["types"]["ID"] == 1


def test_the_recognisers_of_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p" / "docs").mkdir(parents=True)
    (tmp_path / "p" / "dialecto.yaml").write_text(
        "name: x\nsources: [{path: docs}]\ncorpus: {pii: {patterns: {EXPEDIENTE: 'EXP-\\d{6}'}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "a.txt").write_text("Consta en EXP-123456.", encoding="utf-8")
    words = (str(tmp_path / "a.txt"), "--project", str(tmp_path / "p"))
    assert "[EXPEDIENTE EXP-123456]" in scan(capsys, *words)[1]
    shutil.rmtree(tmp_path / "p")


def test_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = scan(capsys, str(tmp_path / "nothing"))
    assert code == 1
