"""Annotated pages: read in each format, scored, and learnt from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialecto.corpus.pii import Entity, find_entities
from dialecto.corpus.pii.evaluate import evaluate
from dialecto.corpus.pii.gold import read_gold, types_of_their_own
from dialecto.corpus.pii.own_mending import again
from dialecto.corpus.pii.own_mending import mended as mended_ends
from dialecto.corpus.pii.own_model import load_own_model, train_model
from dialecto.corpus.pii.protection import Protection
from dialecto.corpus.pii.reading import read
from dialecto.corpus.pii.score import score
from dialecto.corpus.pii.training.generate import sentences
from dialecto.recipe.pii import Pii
from dialecto.runtime import DialectoError

TEXT = "Paciente Ana Gil, NHC 778899"


def write_brat(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "a.ann").write_text(
        "T1\tNOMBRE_SUJETO_ASISTENCIA 9 16\tAna Gil\nT2\tID_SUJETO_ASISTENCIA 22 28\t778899\n",
        encoding="utf-8",
    )


def test_the_same_page_in_each_format(tmp_path: Path) -> None:
    write_brat(tmp_path / "brat")
    rows = [{"text": TEXT, "entities": [{"start": 9, "end": 16, "type": "PERSON"}]}]
    (tmp_path / "page.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "page.conll").write_text(
        "Paciente O\nAna B-PER\nGil I-PER\n\nViene O\n", encoding="utf-8"
    )
    expected = {"brat": ["NAME", "RECORD"], "page.json": ["NAME"], "page.conll": ["NAME"]}
    for name, types in expected.items():
        (document,) = read_gold(tmp_path / name)
        assert [e.type for e in document.entities] == types
        assert document.entities[0].text == "Ana Gil"
        assert all(document.text[e.start : e.end] == e.text for e in document.entities)


def test_the_user_can_add_to_the_table(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        json.dumps([{"text": TEXT, "entities": [{"start": 9, "end": 16, "type": "SOCIO"}]}])
    )
    table = tmp_path / "types.tsv"
    table.write_text("SOCIO\tNAME\n")
    assert read_gold(tmp_path / "x.json", table)[0].entities[0].type == "NAME"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bad.ann", "T1\tNAME nine 16\tAna", "bad.ann:1"),
        ("bad.json", "[{", "bad.json:1"),
        (
            "out.json",
            '[{"text": "a", "entities": [{"start": 0, "end": 9, "type": "NAME"}]}]',
            "0-9",
        ),
        ("none.md", "nothing", "no annotations"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / "bad.txt").write_text("Ana")
    (tmp_path / name).write_text(content)
    with pytest.raises(DialectoError, match=says):
        read_gold(tmp_path / name)


def test_score_counts_exact_spans_and_leaks() -> None:
    def name(start: int, end: int, kind: str = "NAME") -> Entity:
        return Entity(start, end, kind, "x" * (end - start), 1.0, "")

    result = score([([name(0, 4), name(10, 14)], [name(0, 4), name(10, 13), name(20, 22)])])
    assert (result.micro.right, result.micro.found, result.micro.gold) == (1, 3, 2)
    assert result.leaks["NAME"] == 0.5
    assert (result.recall, result.precision) == (0.5, 2 / 3)
    assert result.characters["NAME"].recall == 7 / 8
    assert score([([name(0, 4, "DATE")], [name(0, 4, "BIRTH_DATE")])]).micro.f1 == 1.0


def test_nothing_found_and_nothing_there_is_no_error() -> None:
    assert score([([], [])]).as_dict()["micro"]["f1"] == 1.0


def test_generated_sentences_are_the_same_and_labelled_rightly() -> None:
    once, again = (sentences("es", 400, 7) for _ in range(2))
    assert once == again
    assert once != sentences("es", 400, 8)
    assert all(text[e.start : e.end] == e.text for text, found in once for e in found)
    assert sum(e.type == "NAME" for _, found in once for e in found) > 100


def test_a_model_learns_labels_that_no_rule_knows(tmp_path: Path) -> None:
    crops = ["tomate", "lechuga", "calabacín", "pepino", "apio", "nabo", "acelga", "berza"]
    rows = [
        {
            "text": f"Pieza {crop} del lote Z{n}",
            "entities": [{"start": 6, "end": 6 + len(crop), "type": "CULTIVO"}],
        }
        for n, crop in enumerate(crops * 3)
    ]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    documents = read_gold(tmp_path / "gold.jsonl")
    train_model(documents, tmp_path / "model", iterations=30)
    model = load_own_model(tmp_path / "model")
    assert model.types == ("CULTIVO",)
    result = evaluate(documents, model=model)
    assert result.score.micro.f1 > 0.95
    assert result.megabytes_per_second > 0
    found = find_entities("DNI 12345678Z", regions=["ES"], lang="es", model=model)
    assert [e.type for e in found] == ["ID"]  # rules go on finding what the model never saw
    found = find_entities("Firmado: Marta Ruiz Soto", lang="es", model=model)
    assert [e.text for e in found] == [
        "Marta Ruiz Soto"
    ]  # and so does what ships, beside few pages
    section = {"model": "model", "policies": {"CULTIVO": "mask"}}
    protection = Protection(Pii.model_validate(section), bytes(32), "es", tmp_path)
    text = "Pieza tomate del lote Z9 de DNI 12345678Z"
    assert protection.protect(text, "es").text.startswith("Pieza [CULTIVO] del lote")
    assert "12345678Z" not in protection.protect(text, "es").text
    plain = Protection(Pii(model="model"), bytes(32), "es", tmp_path).protect(text, "es")
    assert plain.counts["CULTIVO"] == 1  # a type of its own is replaced unless said
    with pytest.raises(DialectoError, match=r"CULTIBO.*Did you mean CULTIVO"):
        Protection(Pii(model="model", policies={"CULTIBO": "mask"}), bytes(32), "es", tmp_path)
    with pytest.raises(DialectoError, match="no trained model here"):
        Protection(Pii(model="nowhere"), bytes(32), "es", tmp_path)
    (tmp_path / "model" / "model.npz").write_bytes(b"changed")
    with pytest.raises(DialectoError, match="not the file that was trained"):
        load_own_model(tmp_path / "model")


def test_next_to_nothing_marked_is_refused(tmp_path: Path) -> None:
    write_brat(tmp_path)
    with pytest.raises(DialectoError, match="Only 2 entities are marked"):
        train_model(read_gold(tmp_path), tmp_path / "model")


def test_brat_offsets_as_they_were_counted(tmp_path: Path) -> None:
    """With two characters a line end or one, and with a byte order mark or without."""
    body = "Paciente\r\nAna Gil\r\n"
    for name, text, start in (
        ("two", body, 10),
        ("one", body, 9),
        ("mark", "\ufeff" + body, 11),
        ("no-mark", "\ufeff" + body, 10),
    ):
        folder = tmp_path / name / "deep" / "er"
        folder.mkdir(parents=True)
        (folder / "a.txt").write_bytes(text.encode())
        (folder / "a.ann").write_text(f"T1\tPER {start} {start + 7}\tAna Gil\n", encoding="utf-8")
        (document,) = read_gold(tmp_path / name)
        assert [e.text for e in document.entities] == ["Ana Gil"]


@pytest.mark.parametrize(
    "row",
    [
        {"text": TEXT, "label": [[9, 16, "PER"]]},
        {"text": TEXT, "spans": [{"start_offset": 9, "end_offset": 16, "label": "PER"}]},
        [TEXT, {"entities": [[9, 16, "PER"]]}],
    ],
)
def test_rows_of_other_tools(tmp_path: Path, row: object) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (document,) = read_gold(tmp_path)
    assert [(e.type, e.text) for e in document.entities] == [("NAME", "Ana Gil")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b'{"text": "a", "entities": []}\n\n{"text"', "a.jsonl:3"),
        ("a.json", b'"text"', "list of documents"),
        ("a.json", b'[{"text": "a", "entities": "NAME"}]', "must be a list"),
        ("a.json", b'[{"text": "abc", "entities": ["NAME"]}]', "needs start, end and type"),
        ("a.conll", b"Ana B-PER\nGil surname\n", "a.conll:2"),
        ("a.conll", b"Ana\n", "a.conll:1"),
        ("a.json", b"\n[\xe1]", "a.json:2: not UTF-8 at byte 2"),
        ("a.ann", b"T1\tPER 0 3\tAna\n", "a.txt is missing"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DialectoError, match=says):
        read_gold(tmp_path)


def test_columns_comments_and_schemes_of_conll(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(
        "-DOCSTART- -X- O O\n\n# text = Ana Gil vive en Vigo\nAna NNP B B-PER\nGil NNP I L-PER\n"
        "vive V O O\nen P O O\nVigo NNP B U-LOC\n\n\nLuis NNP B S-PER\n",
        encoding="utf-8",
    )
    (document,) = read_gold(tmp_path / "a.conll")
    assert document.text == "Ana Gil vive en Vigo\nLuis "
    assert [e.text for e in document.entities] == ["Ana Gil", "Vigo", "Luis"]


FORMS = {
    "c2002.esp": "Ana B-PER\nGil I-PER\nvive O\n. O\n",
    "c2003.txt": "-DOCSTART- -X- -X- O\n\nAna NNP B-NP B-PER\nGil NNP I-NP I-PER\nvive V B-VP O\n",
    "tabs.tsv": "Ana\tB-PER\nGil\tI-PER\n\tO\nvive\tO\n",
    "first.conll": "B-PER\tAna\nI-PER\tGil\nO\tvive\n",
    "sure.conll": "Ana\tB-PER\t0.99\nGil\tI-PER\t0.98\nvive\tO\t0.90\n",
    "number.conll": "1 Ana B-PER\n2 Gil I-PER\n3 vive O\n",
    "under.iob2": "Ana B_PER\nGil I_PER\nvive O\n",
    "bare.conll": "Ana PER\nGil PER\nvive O\n",
    "u.conllu": "# text = Ana Gil vive\n"
    "1-2\tAnaGil\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tAna\tAna\tPROPN\t_\t_\t3\tnsubj\t_\tNER=B-PER\n"
    "2\tGil\tGil\tPROPN\t_\t_\t1\tflat\t_\tNER=I-PER|SpaceAfter=No\n"
    "3\tvive\tvivir\tVERB\t_\t_\t0\troot\t_\t_\n",
    "doc.json": '{"text": "Ana Gil", "ents": [{"start": 0, "end": 7, "label": "PER"}]}',
    "old.json": '[{"paragraphs": [{"raw": "Ana Gil", "entities": [[0, 7, "PER"]]}]}]',
    "found.json": '[{"text": "Ana Gil", '
    '"results": [{"entity_type": "PERSON", "start": 0, "end": 7}]}]',
    "studio.json": '[{"data": {"text": "Ana Gil"}, '
    '"annotations": [{"was_cancelled": true}, {"result": ['
    '{"value": {"start": 0, "end": 7, "text": "Ana Gil", "labels": ["PER"]}, "type": "labels"},'
    '{"value": {"choices": ["x"]}, "type": "choices"}]}]}]',
    "small.json": '[{"text": "Ana Gil", "label": [{"start": 0, "end": 7, "labels": ["PER"]}]}]',
    "emoji.json": '[{"text": "\\ud83d\\ude00 Ana Gil", "label":'
    ' [{"start": 3, "end": 10, "text": "Ana Gil", "labels": ["PER"]}]}]',
    "prodigy.jsonl": '{"text": "Ana Gil", "spans": [{"start": 0, "end": 7, "label": "PER"}]}\n'
    '{"text": "Mal", "spans": [], "answer": "reject"}\n',
    "tokens.json": '{"tokens": ["Ana", "Gil"], "ner_tags": ["B-PER", "I-PER"]}\n'
    '{"tokens": ["Ana", "Gil"], "ner_tags": ["B-PER", "I-PER"]}\n',
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_forms_that_other_tools_write(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FORMS[name], encoding="utf-8")
    for document in read_gold(tmp_path):
        assert [(e.type, e.text) for e in document.entities] == [("NAME", "Ana Gil")]
        assert document.text.strip().removeprefix("\U0001f600 ").startswith("Ana Gil")


def test_what_is_broken_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write_brat(tmp_path)
    (tmp_path / "b.txt").write_text("Hola Ana Gil", encoding="utf-8")
    (tmp_path / "b.ann").write_text("T1\tPER 4 11\tAna Gil\n", encoding="utf-8")
    (tmp_path / "c.conll").write_text("Ana B-PER\nGil\nvive O\n", encoding="utf-8")
    row = json.dumps({"text": TEXT, "entities": [[9, 16, "PER"]]})
    (tmp_path / "d.jsonl").write_text(f'{row}\n{{"text"\n{{"text": "sin marcas"}}\n{row}\n')
    (tmp_path / "e.json").write_text('{"name": "a package"}')
    (tmp_path / "README.txt").write_text("These are our pages.\nO and B are tags.\n")
    problems: list[str] = []
    documents = read_gold(tmp_path, None, lambda error: problems.append(str(error)))
    assert [document.name for document in documents] == ["a", "d-0", "d-2"]
    assert [problem.partition(": ")[0].rpartition("/")[2] for problem in problems] == [
        "b.ann:1",
        "c.conll:2",
        "d.jsonl:2",
        "d.jsonl:3",
        "e.json",
    ]
    assert "'Ana Gi'" in problems[0].replace("' Ana", "'Ana")
    with pytest.raises(DialectoError, match=r"b\.ann:1"):
        read_gold(tmp_path)
    assert types_of_their_own(documents) == {}


def test_a_label_that_no_table_knows_is_a_type_of_its_own(tmp_path: Path) -> None:
    row = {"text": TEXT, "entities": [[9, 16, "Persona física"], [22, 28, "NHC (viejo)"]]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert types_of_their_own(read_gold(tmp_path)) == {"NHC_VIEJO": 1, "PERSONA_FÍSICA": 1}
    table = tmp_path / "types.tsv"
    table.write_text("Persona física\tNAME\nNHC (viejo) RECORD\n", encoding="utf-8")
    assert types_of_their_own(read_gold(tmp_path, table), table) == {}


def test_what_a_trained_model_found_ismended_ends() -> None:
    text = 'Luis Mas Avda. "Ana Gil" 28 Vigo ana@correo.example y Luis Mas'

    def entity(value: str, kind: str) -> Entity:
        start = text.index(value)
        return Entity(start, start + len(value), kind, value, 0.995, "own_model")

    found = [
        entity("Luis Mas Avda", "NAME"),
        entity('Ana Gil"', "NAME"),
        entity("Vigo ana@correo.example", "PLACE"),
    ]
    mended = mended_ends(text, found, [entity("ana@correo.example", "EMAIL")])
    assert [(e.text, e.type) for e in mended] == [
        ("Luis Mas", "NAME"),
        ("Ana Gil", "NAME"),
        ("Vigo", "PLACE"),
    ]
    assert all(text[e.start : e.end] == e.text for e in mended)
    assert [(e.start, e.text) for e in again(text, read(text), mended)] == [
        (text.rindex("Luis"), "Luis Mas")
    ]


@pytest.mark.parametrize(
    ("found", "kind", "kept"),
    [
        ("Hospital de", "ORGANISATION", "Hospital"),
        ("a@b.example / ", "EMAIL", "a@b.example"),
        ("Vigo, (", "PLACE", "Vigo"),
        ("Calle del Mar", "ADDRESS", "Calle del Mar"),
        ("Z-", "PIEZA", "Z-"),
    ],
)
def test_loose_ends_are_cut_off(found: str, kind: str, kept: str) -> None:
    entity = Entity(0, len(found), kind, found, 0.995, "own_model")
    assert [e.text for e in mended_ends(found + "x", [entity], [])] == [kept]
