"""The rules as published, their fit to a genre, and what becomes of documents that fail."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from dialecto.corpus.quality.calibrate import judge
from dialecto.corpus.quality.measured import COLUMNS, Measured, read_measured
from dialecto.corpus.quality.measures import NAMES, measure
from dialecto.corpus.quality.rules import RULES, rules_for
from dialecto.corpus.quality.step import quality_step
from dialecto.corpus.table import SCHEMA
from dialecto.recipe import Quality
from dialecto.recipe.quality import QUALITY_FAMILIES, QUALITY_RULES
from tests.corpus.conftest import Refine, lineage
from tests.corpus.test_stage import prose


def documents(texts: list[str], lang: str = "es", source: str = "s") -> Measured:
    found = measure(texts, [lang] * len(texts))
    return Measured(
        [f"{number:03d}" for number in range(len(texts))],
        [source] * len(texts),
        [lang] * len(texts),
        np.stack([found[name] for name in NAMES], axis=1),
    )


def failing(texts: list[str], lang: str = "es", **section: Any) -> dict[int, str]:
    judged = judge(documents(texts, lang), Quality.model_validate(section))
    return {int(failure.id): failure.detail for failure in judged.failures}


def mash(seed: int, words: int = 60) -> str:
    draw = random.Random(seed)
    return " ".join(
        "".join(draw.choice("asdfjklqwrtyzxcvbnm") for _ in range(draw.randint(3, 9)))
        for _ in range(words)
    )


JUNK = {
    "phrase": "Compre ahora con descuento. " * 60,
    "lines": "\n".join(["Haga clic aquí para suscribirse a nuestro boletín."] * 30),
    "menu": "\n".join(["Inicio", "Productos", "Contacto", "Aviso legal", "Aceptar cookies"] * 12),
    "offers": "\n".join(f"Oferta {n}: compre hoy mismo en la tienda y ahorre." for n in range(60)),
    "word": "spam " * 200,
    "mash": mash(1),
    "signs": " ".join(["#$%&/()=?¿", "!*+-;:", "#<>|@"] * 30),
    "digits": " ".join(str(number * 7919) for number in range(120)),
    "dots": "Leer más... ver más... siguiente... " * 20,
    "lorem": "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.",
}


def test_the_recipe_and_the_code_name_the_same_rules() -> None:
    assert {family: {r.name for r in RULES if r.family == family} for family in QUALITY_RULES} == {
        family: set(names) for family, names in QUALITY_RULES.items()
    }
    assert all(rule.measure in NAMES for rule in RULES)
    with pytest.raises(ValidationError, match="not a number to compare with"):
        Quality.model_validate({"thresholds": {"top_2_gram": float("nan")}})
    with pytest.raises(ValidationError, match="no quality rule is called top_9_gram; there are"):
        Quality.model_validate({"thresholds": {"top_9_gram": 0.2}})


def test_spanish_has_its_own_thresholds() -> None:
    spanish = {r.name: r for r in rules_for("es", QUALITY_FAMILIES)}
    english = {r.full_name: r.threshold for r in rules_for("en", QUALITY_FAMILIES)}
    assert spanish["top_2_gram"].full_name == "fineweb2_es.top_2_gram"
    assert spanish["top_2_gram"].threshold == 0.156
    assert spanish["alphabetic"].threshold == 0.825
    assert spanish["hashes"].family == "gopher_quality"
    assert not {"short_lines", "duplicate_paragraphs", "sentences", "braces"} & set(spanish)
    assert english["gopher_repetition.top_2_gram"] == 0.2
    assert english["fineweb.short_lines"] == 0.67
    assert not [name for name in english if name.startswith("fineweb2")]
    only = rules_for("es", ["gopher_repetition"])
    assert {r.family for r in only} == {"gopher_repetition"}
    assert rules_for("zh", QUALITY_FAMILIES) == ()
    named = {lang: {r.name for r in rules_for(lang, QUALITY_FAMILIES)} for lang in ("ca", "ro")}
    assert named["ca"] - named["ro"] == {"stop_words"}


@pytest.mark.parametrize("clean", [0, 4, 40])
def test_junk_fails_in_any_company(clean: int) -> None:
    mild = {"mash"} if clean < 40 else set()  # could be the genre of so small a corpus
    texts = [prose(number) for number in range(clean)]
    texts += [text for name, text in JUNK.items() if name not in mild]
    assert set(failing(texts)) == set(range(clean, len(texts)))


def test_published_thresholds_are_taken_as_they_are_without_calibration() -> None:
    text = " ".join(f"el gato {word}" for word in prose(1, 60).split()[:24])
    rare = failing([*(prose(n) for n in range(30)), text], calibrate=False)
    assert rare[30].startswith("fineweb2_es.top_2_gram 0.")
    assert rare[30].endswith(" > 0.156")
    short = "Queda usted citado el lunes. Traiga la factura del pedido, por favor."
    assert failing([short], calibrate=False)[0] == "gopher_quality.words_min 12 < 50"
    assert failing([short]) == {}


def test_a_rule_that_a_genre_breaks_often_takes_only_what_is_far_out() -> None:
    """Pages that repeat a table's words: half of them break the rules, and stay."""
    draw = random.Random(3)
    pages = []
    for number in range(40):
        row = f"| parámetro de la conexión {number} | admite un valor nulo | sí |"
        pages.append(prose(number, 60) + "\n\n" + "\n".join([row] * draw.randint(1, 6)))
    published = failing(pages, calibrate=False)
    assert len(published) > 10
    assert failing(pages) == {}
    assert set(failing([*pages, JUNK["phrase"]])) == {40}
    judged = judge(documents(pages), Quality())
    rule = next(d for d in judged.decisions if d.rule.name == "duplicate_5_grams")
    assert (rule.how, rule.threshold) == ("limit", 0.89)
    assert rule.beyond / rule.documents > 0.05


def test_letters_forms_code_and_logs_stay() -> None:
    form = "\n".join(f"{name}: {name.lower()}" for name in ("Nombre", "Fecha", "Firma", "Sello"))
    code = "```\n" + "\n".join(f"int x{n} = {{ {n} }};" for n in range(20)) + "\n```"
    table = "\n".join(f"| 2024-{n % 12 + 1:02d} | {n * 37} | kg |" for n in range(30))
    letters = [f"Hola, {n}:\nadjunto la factura {n * 31}.\nUn saludo," for n in range(30)]
    assert failing([form, code, table, *letters]) == {}
    log = [f"10.0.0.{n} GET /{mash(n, 1)} 200 {n * 77}" for n in range(60)]
    assert failing(log) == {}


def test_own_thresholds_count_exactly() -> None:
    texts = [prose(number) for number in range(25)]
    shares = measure(texts, ["es"] * 25)["top_2_gram"]
    cut = float(np.median(shares))
    found = failing(texts, thresholds={"top_2_gram": cut})
    assert set(found) == set(np.flatnonzero(shares > cut))
    assert failing(texts, "en", thresholds={"fineweb2_es.top_2_gram": cut}) == {}
    scores = measure([*texts, JUNK["menu"]], ["es"] * 26)["score"]
    found = failing([*texts, JUNK["menu"]], thresholds={"score": float(scores.min() + 0.01)})
    assert 25 in found


def test_order_and_company_of_documents_do_not_matter() -> None:
    texts = [prose(n) for n in range(30)] + list(JUNK.values())
    order = random.Random(5).sample(range(len(texts)), len(texts))
    one, other = failing(texts), failing([texts[i] for i in order])
    assert {order[row]: detail for row, detail in other.items()} == one


def test_measures_go_into_the_table_and_come_back() -> None:
    rows = [
        {"id": str(n), "text": text, "outcome": outcome,
         "changes": [], "measures": [("other.one", 1.0)], "lang": lang, "source": "s"}
        for n, (text, outcome, lang) in enumerate(
            [(prose(1), "", "es"), ("x", "removed", ""), (prose(2), "", "")]
        )
    ]  # fmt: skip
    table = quality_step(pa.Table.from_pylist(rows, schema=SCHEMA), "es")
    assert dict(table["measures"][1].as_py()) == {"other.one": 1.0}
    back = read_measured([table.select(COLUMNS)], "es")
    assert back.ids == ["0", "2"]
    assert back.langs == ["es", "es"]
    wanted = measure([prose(1), prose(2)], ["es", "es"])
    for name in NAMES:
        assert back.column(name) == pytest.approx(wanted[name], abs=1e-6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "fuente"
    source.mkdir()
    for number in range(25):
        (source / f"nota{number:02d}.txt").write_text(prose(number), encoding="utf-8")
    (source / "spam.txt").write_text(
        JUNK["phrase"] + " Escriba a ana.gil@ejemplo.es", encoding="utf-8"
    )
    (source / "menu.txt").write_text(
        "Correo: ana.gil@ejemplo.es\n" + JUNK["menu"], encoding="utf-8"
    )
    return source


def test_dropped_documents_are_in_the_account_with_their_rule(folder: Path, refine: Refine) -> None:
    work, metrics = refine(folder)
    assert metrics["documents.removed.quality"] == 2
    rows = lineage(work)
    assert rows["spam.txt"]["reason"] == "quality"
    assert rows["spam.txt"]["detail"].startswith("fineweb2_es.top_2_gram 0.4")
    assert dict(rows["nota00.txt"]["measures"])["quality.score"] > 0.5
    removed = json.loads((work / "removed.json").read_text("utf-8"))
    examples = {e["path"]: e for e in removed["examples"]["quality"]}
    assert set(examples) == {"spam.txt", "menu.txt"}
    assert "[EMAIL]" in examples["menu.txt"]["text"]
    assert "ana.gil" not in json.dumps(removed)
    quality = json.loads((work / "quality.json").read_text("utf-8"))
    assert quality["documents"] == 27
    assert quality["failed"] == 2
    assert quality["percentiles"]["words"]["p50"] > 50
    assert quality["groups"]["source/prose/es"]["documents"] >= 25
    assert quality["rules"]["fineweb2_es.duplicate_5_grams"]["broken"] == 2


def test_flagged_documents_stay_and_say_so(folder: Path, refine: Refine) -> None:
    work, metrics = refine(folder, quality={"policy": "flag"})
    assert metrics["documents.kept"] == 27
    row = lineage(work)["spam.txt"]
    assert [c for c in row["changes"] if c.startswith("quality:fineweb2_es.top_2_gram 0.4")]
    assert row["outcome"] == "kept"


def test_it_can_be_switched_off(folder: Path, refine: Refine) -> None:
    work, metrics = refine(folder, quality={"enabled": False})
    assert metrics["documents.kept"] == 27
    assert not (work / "quality.json").exists()
    assert not [n for n, _ in lineage(work)["spam.txt"]["measures"] if n.startswith("quality.")]


def test_no_clean_document_of_the_sample_fails(sample: Path, refine: Refine) -> None:
    work, _ = refine(sample / "documents", pii={"enabled": False})
    rows = lineage(work).values()
    assert len(rows) > 50
    assert [row["path"] for row in rows if row["reason"] == "quality"] == []
