"""The model of abusive passages, and what each category's policy does."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from dialecto.corpus.harm import harm_step
from dialecto.corpus.table import SCHEMA
from dialecto.corpus.toxicity import toxicity, weights
from dialecto.recipe.corpus import Harm

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


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(ValidationError, match="there are abuse"):
        Harm.model_validate({"policies": {"rudeness": "drop"}})


@pytest.mark.skipif(not (DATA / "pii").is_dir(), reason="no shared data")
def test_clinical_cases_are_not_flagged() -> None:
    with tarfile.open(DATA / "pii" / "meddocan_dev_brat.tar.gz") as opened:
        names = [name for name in opened.getnames() if name.endswith(".txt")]
        texts = [opened.extractfile(name).read().decode() for name in names]  # type: ignore[union-attr]
    assert max(toxicity(texts)) < weights()[2]
