"""The sealed map: whole or refused, closed to other keys, and what it says is true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialecto import Project
from dialecto.cli import main
from dialecto.corpus.pii.pseudonym_map import MAP_FILE, counts, map_file, read_map, reveal
from dialecto.corpus.pii.vault import PASSPHRASE, Owner, owner, seal, unseal
from dialecto.project import runner
from dialecto.runtime import DialectoError
from dialecto.security import Ledger
from tests.corpus.conftest import Refine, documents
from tests.project.fake import no_energy

ONLY_TMP = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALECTO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(PASSPHRASE, raising=False)
    return tmp_path / "home"


@ONLY_TMP
@given(st.lists(st.binary(max_size=90_000), max_size=4))
def test_round_trip_and_the_same_bytes_for_the_same_content(
    tmp_path: Path, parts: list[bytes]
) -> None:
    path, again = tmp_path / "a", tmp_path / "b"
    seal(path, lambda: parts, owner())
    seal(again, lambda: [b"".join(parts)], owner())
    assert b"".join(unseal(path)) == b"".join(parts)
    assert path.read_bytes() == again.read_bytes()


CONTENT = bytes(range(256)) * 600  # three chunks


@ONLY_TMP
@given(st.data())
def test_any_change_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a"
    seal(path, lambda: [CONTENT], owner())
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "append", "swap"]))
    if how == "flip":
        changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    elif how == "cut":
        changed = whole[:at]
    elif how == "append":
        changed = whole + whole[at:]
    else:
        size = 65_552
        head = whole.index(b"}\n") + 2
        changed = (
            whole[:head] + whole[head + size : head + 2 * size] + whole[head : head + size]
            + whole[head + 2 * size :]
        )  # fmt: skip
    path.write_bytes(changed)
    with pytest.raises(DialectoError):
        list(unseal(path))


def test_another_key_does_not_open_it(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a"
    seal(path, lambda: [b"secreto"], owner())
    assert b"secreto" not in path.read_bytes()
    (home / "map.key").write_bytes(bytes(32))
    with pytest.raises(DialectoError, match="another key"):
        list(unseal(path))
    (home / "map.key").unlink()
    with pytest.raises(DialectoError, match="key is not there"):
        list(unseal(path))
    assert not (home / "map.key").exists()  # looking makes no key


def test_a_passphrase_opens_it_on_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    monkeypatch.setenv(PASSPHRASE, "tres tristes tigres")
    seal(path, lambda: [b"secreto"], owner())
    monkeypatch.setenv("DIALECTO_HOME", str(tmp_path / "another"))
    assert list(unseal(path)) == [b"secreto"]
    monkeypatch.setenv(PASSPHRASE, "tres tristes tigre")
    with pytest.raises(DialectoError, match="another key or passphrase"):
        list(unseal(path))
    monkeypatch.delenv(PASSPHRASE)
    with pytest.raises(DialectoError, match=f"set {PASSPHRASE}"):
        list(unseal(path))


def test_two_contents_never_share_a_key(tmp_path: Path) -> None:
    by = Owner(bytes(32), "key")
    for name, content in (("a", b"x" * 40), ("b", b"y" * 40)):
        seal(tmp_path / name, lambda content=content: [content], by)  # type: ignore[misc]
    ends = [(tmp_path / name).read_bytes()[-56:-16] for name in "ab"]
    assert bytes(a ^ b for a, b in zip(*ends, strict=True)) != bytes([ord("x") ^ ord("y")]) * 40


def write_corpus(folder: Path) -> None:
    folder.mkdir()
    for number, topic in enumerate(["pan", "vino", "queso", "aceite", "higos"]):
        (folder / f"{number}.txt").write_text(
            f"La señora Remedios Echevarría Solana, DNI 12345678Z, vendió {topic} en el mercado "
            f"número {number} de {topic}; nadie más vendía {topic} aquel día de lluvia.",
            encoding="utf-8",
        )


def test_the_corpus_keeps_a_map_when_asked(tmp_path: Path, refine: Refine) -> None:
    write_corpus(tmp_path / "docs")
    fields = {"dedup": {"enabled": False}}
    with pytest.raises(DialectoError, match="keeps no map"):
        map_file(tmp_path)
    work, metrics = refine(tmp_path / "docs", "kept", pii={"map": "encrypted"}, **fields)
    path = map_file(work)
    entries = list(read_map(path))
    assert metrics["pii.map"] == len(entries) == sum(counts(path).values())
    originals = {entry.original: entry for entry in entries}
    assert originals["12345678Z"].documents == 5
    name = originals["Remedios Echevarría Solana"]
    texts = [row["text"] for row in documents(work)]
    assert all(name.pseudonym in text and "Echevarría" not in text for text in texts)
    assert reveal(path, name.pseudonym.upper()) == [name]
    assert reveal(path, "Nadie Conocido") == []
    raw = b"".join(file.read_bytes() for file in work.rglob("*") if file.is_file())
    assert b"Echevarr" not in raw
    again, _ = refine(tmp_path / "docs", "again", pii={"map": "encrypted"}, workers=2, **fields)
    assert (again / MAP_FILE).read_bytes() == path.read_bytes()


def test_reveal_and_map_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "p"
    project.mkdir()
    write_corpus(project / "docs")
    (project / "dialecto.yaml").write_text(
        "name: x\nobjective: text\nsources: [{path: docs}]\n"
        "corpus: {workers: 1, dedup: {enabled: false}, pii: {map: encrypted}}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(runner, "measured_energy", no_energy)
    words = ["--project", str(project), "--json"]
    Project.open(project).run(until="corpus")
    assert main.run_command(["pii", "map", *words]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["types"]["NAME"] >= 1
    corpus = Project.open(project).artefact("corpus")
    (entry,) = [e for e in read_map(corpus / MAP_FILE) if e.original == "12345678Z"]
    assert main.run_command(["pii", "reveal", entry.pseudonym, *words]) == 0
    (found,) = json.loads(capsys.readouterr().out)["found"]
    assert found["original"] == "12345678Z"
    assert main.run_command(["pii", "reveal", "Remedios Echevarría", *words]) == 1
    entries = list(Ledger(project / "ledger.db").entries(2))
    recorded = [e.as_dict() for e in entries if e.action == "pii.reveal"]
    assert [r["facts"]["found"] for r in recorded] == [1, 0]
    assert "Echevarr" not in json.dumps(recorded, ensure_ascii=False)
    assert "12345678Z" not in json.dumps(recorded)
