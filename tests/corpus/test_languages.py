"""Languages of documents and of their paragraphs, and the variety of Spanish."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from dialecto.corpus.foreign import foreign_step, paragraph_language, without_foreign
from dialecto.corpus.identifier import Identifier, read_model
from dialecto.corpus.language import identify
from dialecto.corpus.table import SCHEMA
from dialecto.corpus.variety import spanish_variety, variety_step
from tests.corpus.conftest import Refine, documents, lineage

SHARED = Path(os.environ.get("DIALECTO_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
UDHR = {"es": "spa", "en": "eng", "pt": "por_BR", "ca": "cat", "gl": "glg", "eu": "eus",
        "fr": "fra", "it": "ita"}  # fmt: skip


@pytest.fixture(scope="module")
def declaration() -> dict[str, list[str]]:
    """The paragraphs of twelve words and more of the Declaration of Human Rights."""
    archive = SHARED / "langid" / "udhr2.zip"
    if not archive.is_file():
        pytest.skip("no ../shared/data")
    with zipfile.ZipFile(archive) as file:
        return {
            lang: [
                line
                for line in file.read(f"udhr2/{name}.txt").decode().split("\n")
                if len(line.split()) >= 12
            ]
            for lang, name in UDHR.items()
        }


def test_the_declaration_is_told_apart(declaration: dict[str, list[str]]) -> None:
    for lang, lines in declaration.items():
        for start in range(0, len(lines), 9):
            assert identify("\n".join(lines[start : start + 9]))[0] == lang


def test_many_texts_at_once_are_answered_as_the_library_answers_one(
    declaration: dict[str, list[str]],
) -> None:
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    texts = [line for lines in declaration.values() for line in lines[::3]]
    texts += ["", "a", "EN MAYÚSCULAS", "日本語", "e\u0301l", "\ud800", "de " * 300_000]
    found = Identifier(read_model(Path(MODEL_DIR) / MODEL_FILE)).classify(texts)
    for text, (language, share) in zip(texts, found, strict=True):
        expected, confidence = model.classify(text)
        assert language == expected
        assert share == pytest.approx(confidence, abs=1e-3)


def test_a_foreign_paragraph_is_told_from_its_document(declaration: dict[str, list[str]]) -> None:
    right = wrong = total = 0
    for own in declaration:
        assert all(paragraph_language(line, own) in ("", own) for line in declaration[own])
        for lang, lines in declaration.items():
            found = [paragraph_language(line, own) for line in lines]
            total += len(found)
            right += found.count(lang)
            wrong += sum(name not in ("", own, lang) for name in found)
    assert right / total > 0.95
    assert wrong / total < 0.01


SPANISH = (
    "La cooperativa entrega el aceite a los socios los lunes y los viernes, y quien no pueda venir "
    "avisa al almacén para que se lo guarden hasta el día siguiente sin ningún coste."
)
ENGLISH = (
    "The cooperative delivers the oil to its members on Mondays and Fridays, and whoever is not "
    "able to come tells the warehouse so that they keep it until the next day without any cost."
)
CATALAN = (
    "La cooperativa lliura l'oli als socis els dilluns i els divendres, i qui no pugui venir avisa "
    "el magatzem perquè li ho guardin fins a l'endemà sense cap cost, com han fet sempre."
)


def test_foreign_paragraphs_are_measured_and_go_when_asked(tmp_path: Path, refine: Refine) -> None:
    source = tmp_path / "fuente"
    source.mkdir()
    code = f"```\n{ENGLISH}\n```"
    own = "\n\n".join(f"El socio {n} ya lo sabe. {SPANISH}" for n in range(3))
    text = f"# The title\n\n{own}\n\n{ENGLISH}\n\n{CATALAN}\n\n- {ENGLISH}\n\n{code}"
    (source / "a.md").write_text(text, encoding="utf-8")
    (source / "b.md").write_text(SPANISH + " Y nada más.", encoding="utf-8")
    work, _ = refine(source)
    share = dict(lineage(work)["a.md"]["measures"])["language.foreign_share"]
    assert 0.3 < share < 0.4
    assert "language.foreign_share" not in dict(lineage(work)["b.md"]["measures"] or ())
    assert {row["path"]: row["text"] for row in documents(work)}["a.md"] == text
    keep = {"keep": ["es", "ca"], "paragraphs": "drop"}
    dropped, _ = refine(source, name="sin", language=keep)
    row = lineage(dropped)["a.md"]
    assert row["changes"] == ["foreign:1"]
    left = {row["path"]: row["text"] for row in documents(dropped)}["a.md"]
    assert left == text.replace(f"{ENGLISH}\n\n", "", 1)


def test_a_document_is_never_emptied() -> None:
    row = {"id": "a", "source": "s", "path": "p", "lang": "es", "text": ENGLISH, "outcome": ""}
    table = foreign_step(pa.Table.from_pylist([row], schema=SCHEMA), ("es",), drop=True)
    assert table["text"].to_pylist() == [ENGLISH]
    assert without_foreign("", "es", lambda _: False) == ("", 0, 0.0)


# Written for this test, before its words were looked up in the lists.
VARIETIES = [
    ("es-AR", "Me compré una remera, tomé el colectivo hasta el subte y dejé el celular en casa."),
    ("es-AR", "Presentá tu CUIT en la AFIP y pagá el monotributo hoy. Tel. +54 11 4321-0000"),
    ("es-MX", "Oye güey, ahorita platicamos; dejé el carro y olvidé el celular en la recámara."),
    ("es-MX", "Para facturar, capture su RFC y régimen fiscal; el SAT emitirá el CFDI."),
    ("es-CL", "Ingrese su RUT en el sitio del SII y emita la boleta; la isapre descuenta lo suyo."),
    ("es-CO", "El usuario debe diligenciar el formulario de la DIAN con su NIT y pagar la EPS."),
    ("es-PE", "La gratificación se deposita y se declara a la SUNAT en la planilla electrónica."),
    ("es-UY", "Los gurises van al liceo en ómnibus y el aporte al BPS vence el día 20."),
    ("es-VE", "Chamo, la vaina está arrecha; el SENIAT pide el RIF y todo cuesta bolívares."),
    ("es-ES", "Vosotros cogéis el coche y aparcáis; yo llevo el ordenador y el móvil."),
    ("es-ES", "El trabajador presentará su NIF o NIE en la Agencia Tributaria para el IRPF."),
    ("es-419", "Compré una computadora y un celular nuevos, manejé mi carro y tomé jugo de papa."),
    ("", "El informe se presentó el martes y la reunión acabó a las cinco de la tarde."),
    ("", "Ejecute `spam.py` y edite la hoja main.css; SET NOCOUNT ON."),
    ("", "Ana está allá, papá quizá vendrá y mamá no podrá."),
]  # fmt: skip


@pytest.mark.parametrize(("variety", "text"), VARIETIES)
def test_words_tell_the_variety(variety: str, text: str) -> None:
    assert spanish_variety(text) == variety


def test_only_documents_in_spanish_that_stay_have_a_variety() -> None:
    text = VARIETIES[9][1]
    rows = [
        {"id": str(n), "source": "s", "path": "p", "lang": lang, "text": text, "outcome": outcome}
        for n, (lang, outcome) in enumerate([("es", ""), ("pt", ""), ("es", "removed")])
    ]
    table = variety_step(pa.Table.from_pylist(rows, schema=SCHEMA))
    assert table["variety"].to_pylist() == ["es-ES", "", ""]
