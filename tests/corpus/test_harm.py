"""The model of abusive passages, and what each category's policy does."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from dialecto.corpus import insults
from dialecto.corpus.harm import harm_step
from dialecto.corpus.table import SCHEMA
from dialecto.corpus.toxicity import toxicity, weights
from dialecto.recipe.corpus import Harm
from tests.corpus.conftest import Refine

DATA = Path(os.environ.get("DIALECTO_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")

ABUSE = "Sois unos gilipollas y todos lo saben. Cállate ya, subnormal, nadie te quiere aquí."
HATE = "Hay que expulsar a todos los inmigrantes de este pueblo antes de que acabe el año."
HONEST = (
    "La víctima fue insultada y golpeada por dos hombres, según consta en la denuncia presentada.",
    "El paciente, de 54 años, murió a las seis de la tarde por una hemorragia digestiva masiva.",
    "En caso de explosión, evacúe el edificio. Los disolventes son inflamables y tóxicos.",
    "El acusado amenazó de muerte a su vecino; el juzgado dictó una orden de alejamiento.",
    "| T | F |\n|---|---|\n" + "| T | T | F |\n" * 30,
    "The nurse killed the pain with morphine and the patient died peacefully at home.",
)


def harmed(text: str, **fields: Any) -> tuple[str, str, list[str]]:
    table = pa.Table.from_pylist([{"text": text, "outcome": "", "changes": []}], schema=SCHEMA)
    (row,) = harm_step(table, Harm.model_validate(fields)).to_pylist()
    return row["outcome"], row["detail"] or "", row["changes"]


def test_the_worst_passage_of_a_long_text_counts() -> None:
    honest = (
        "El almacén cierra a las seis y la reunión del martes es por la mañana en la sede. " * 40
    )
    limit = weights()[2]
    low, high, none = toxicity([honest, honest + ABUSE + honest, ""])
    assert low < 0.5 < limit <= high
    assert none == 0.0


@pytest.mark.parametrize("text", HONEST)
def test_honest_texts_about_harm_pass(text: str) -> None:
    assert harmed(text) == ("", "", [])


def test_the_model_flags_and_the_rules_drop_unless_said() -> None:
    outcome, _, changes = harmed(ABUSE, policies={"abuse": "keep"})
    assert (outcome, changes) == ("", ["harm:toxicity"])
    assert harmed(ABUSE, policies={"toxicity": "drop", "abuse": "keep"})[0] == "removed"
    assert harmed(HATE)[:2] == ("removed", "hate")
    assert harmed(HATE, policies={"hate": "flag"}) == ("", "", ["harm:hate"])
    assert harmed(HATE, policies={"hate": "keep"}) == ("", "", [])
    assert harmed(HATE + ABUSE, policy="keep") == ("", "", [])


SPOKEN_OF = {
    "violence": "El acusado dijo a la víctima «te voy a matar» y el tribunal lo condenó.",
    "hate": "La Fiscalía pide prisión para el autor de «hay que matar a los moros», un delito.",
    "self_harm": "Protocolo de prevención: métodos para suicidarse, regala todo. Llame al 024.",
    "weapons": "La policía detuvo según la investigación a quien iba a fabricar una bomba casera.",
    "drugs": "El anestesista debe preparar fentanilo en jeringa y ajustar la perfusión.",
    "crime": "Formas de blanquear dinero más habituales: formación para detectar el fraude.",
    "sexual_minors": "Será castigado con prisión quien descargue pornografía infantil con vídeos.",
    "abuse": "El maltratador la llamaba puta e inútil; la víctima presentó denuncia.",
}  # fmt: skip


@pytest.mark.parametrize("category", SPOKEN_OF)
def test_what_is_only_spoken_of_is_flagged(category: str) -> None:
    text = SPOKEN_OF[category]
    outcome, _, changes = harmed(text, policies={"toxicity": "keep"})
    assert (outcome, f"harm:{category}:mention" in changes) == ("", True)
    assert f"harm:{category}" not in changes
    strict = harmed(text, mentions="drop", policies={"toxicity": "keep"})
    assert strict[0] == "removed"
    assert category in strict[1]
    assert harmed(text, mentions="keep", policies={"toxicity": "keep"}) == ("", "", [])
    assert harmed(text, mentions="drop", policy="keep") == ("", "", [])


@pytest.mark.parametrize(
    "text",
    [
        "Folleto de salud sexual: educación sexual con menores, con vídeos y fotos adaptados.",
        "Debemos eliminar la discriminación que sufren las mujeres y eliminar barreras para ellas.",
        "We need to burn calories. Refugees are people like everyone else.",
        "Women are inferior in number in this trade.",
        "Cómo matar piojos en niños, y cómo envenenar ratas sin dañar a los niños.",
        "How to kill a child process and how to kill a king: people love to attack.",
        "Montar la bomba dosificadora y hacer una bomba hidráulica de ariete.",
        "Preparar una disolución de aceite de ricino.",
    ],
)
def test_other_things_with_the_same_words_stay(text: str) -> None:
    assert harmed(text) == ("", "", [])


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Cómo fabricar una bomba casera: mezcla el fertilizante con gasoil.", "weapons"),
        ("Guía para cocinar metanfetamina en casa sin que nadie lo note.", "drugs"),
        ("Hay que matar a todos los moros y quemar sus casas.", "hate"),
        ("La mejor manera es esta: cómo suicidarte sin dolor con pastillas.", "self_harm"),
        ("Cómo envenenar a tu vecino sin que te pillen.", "violence"),
        ("Descarga gratis: porno infantil gratis, vídeos.", "sexual_minors"),
    ],
)
def test_what_does_harm_goes(text: str, category: str) -> None:
    outcome, detail, _ = harmed(text)
    assert (outcome, category in detail) == ("removed", True)


def test_the_corpus_shows_what_it_removed_and_flagged(tmp_path: Path, refine: Refine) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in {"hate": HATE, "bomb": "Cómo fabricar una bomba casera con gasoil. " * 2,
                       "judged": SPOKEN_OF["violence"], "plain": HONEST[1]}.items():  # fmt: skip
        (docs / f"{name}.txt").write_text(text, encoding="utf-8")
    work, metrics = refine(docs, quality={"enabled": False})
    assert metrics["documents.removed"] == metrics["documents.removed.harmful"] == 2
    assert (metrics["harm.hate"], metrics["harm.weapons"]) == (1, 1)
    assert metrics["harm.violence.mention"] == 1
    told = json.loads((work / "removed.json").read_text(encoding="utf-8"))
    assert sorted(example["detail"] for example in told["examples"]["harmful"]) == [
        "hate",
        "weapons",
    ]
    (flagged,) = told["flagged"]["harm:violence:mention"]
    assert flagged["path"] == "judged.txt"
    assert told["harm"]["harm:hate"] == 1


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(ValidationError, match="there are abuse"):
        Harm.model_validate({"policies": {"rudeness": "drop"}})


@pytest.mark.skipif(not (DATA / "pii").is_dir(), reason="no shared data")
def test_clinical_cases_are_not_flagged() -> None:
    with tarfile.open(DATA / "pii" / "meddocan_dev_brat.tar.gz") as opened:
        names = [name for name in opened.getnames() if name.endswith(".txt")]
        texts = [opened.extractfile(name).read().decode() for name in names]  # type: ignore[union-attr]
    assert max(toxicity(texts)) < weights()[2]


@pytest.mark.parametrize(
    "threat",
    [
        "te voy a reventar", "os vamos a pegar un tiro", "te mato", "les corto el cuello",
        "voy a mataros", "voy a envenenar", "vamos a lincharle", "vamos a partirle",
        "ojalá te mueras", "ojala les caiga", "merecéis arder", "mereces que te maten",
        "no merecen vivir", "no dejo a nadie vivo", "muérete", "muereos", "habría que colgarlos",
        "hay que fusilarlos", "deberías tirarte", "te cortarías las venas",
        "a esos cerdos los colgaría", "i'm gonna kill you", "i will find her", "i’ll slit your",
        "we're going to hang him", "hope they all rot", "i hope you get shot", "kill yourself",
        "hang urself", "kys", "drop dead", "they deserve to be gassed", "you should jump off",
        "must be wiped out", "doesn’t deserve to breathe",
        "ſhould be gaſſed",
    ],
)  # fmt: skip
def test_what_a_threat_is_known_by_is_in_each(threat: str) -> None:
    assert insults.THREATS.search(threat)
    assert insults._has_signs(threat)


def test_signs_are_in_the_texts_of_a_public_set_that_hold_threats() -> None:
    path = DATA / "safety" / "surge_toxicity_en.csv"
    if not path.is_file():
        pytest.skip("no ../shared/data")
    texts = path.read_text(encoding="utf-8").lower().split("\n")
    threats = [text for text in texts if insults.THREATS.search(text)]
    assert threats
    assert all(map(insults._has_signs, threats))
