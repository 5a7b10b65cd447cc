"""What the recipe says is done with each kind of personal data, and that it is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from dialecto.corpus.pii.generalise import generalise
from dialecto.corpus.pii.protection import Protected, Protection
from dialecto.recipe.pii import COUNTRIES, PERSONAL_DATA, Pii
from tests.corpus.conftest import Refine, documents

KEY = bytes(range(32))
TEXT = (
    "Ana Gil Sanz, DNI 12345678Z, nacida el 3 de mayo de 1980, tiene 44 años y vive en "
    "Calle Mayor 84, 3º B, 28013 Madrid. Su tarjeta es la 4539 1488 0343 6467."
)


def protect(text: str, lang: str = "es", **fields: Any) -> Protected:
    return Protection(Pii.model_validate(fields), KEY, "es", Path()).protect(text, lang)


@pytest.mark.parametrize(
    ("kind", "value", "wider"),
    [
        ("BIRTH_DATE", "3 de mayo de 1980", "1980"),
        ("BIRTH_DATE", "03/05/1980", "1980"),
        ("BIRTH_DATE", "7/9/85", "1985"),
        ("DATE", "May 3, 1980", "1980"),
        ("DATE", "3 de mayo", "[DATE]"),
        ("AGE", "47 años", "40-49 años"),
        ("AGE", "9", "0-9"),
        ("AGE", "cuarenta años", "[AGE]"),
        ("ADDRESS", "Calle Mayor 84, 3º B, 28013 Madrid", "Madrid"),
        ("ADDRESS", "Carrera 15 # 93-47, Bogotá", "Bogotá"),
        ("ADDRESS", "12 Crown Street, Suite 4, London", "London"),
        ("ADDRESS", "Calle Mayor 84, 3º B", "[ADDRESS]"),
        ("PLACE", "28013", "28***"),
        ("PLACE", "Madrid", "[PLACE]"),
        ("COORDINATES", "40.416775, -3.703790", "40.4, -3.7"),
        ("COORDINATES", "40° 25' 0\" N, 3° 42' 13\" W", "40.4° N, 3.7° W"),
        ("IP", "83.45.2.11", "83.45.2.0"),
        ("IP", "2001:4860:4860::8888", "2001:4860:4860::"),
        ("NAME", "Ana Gil", "[NAME]"),
        ("CARD", "4539 1488 0343 6467", "[CARD]"),
    ],
)
def test_generalise(kind: str, value: str, wider: str) -> None:
    assert generalise(kind, value) == wider


def test_each_type_can_have_its_own_policy() -> None:
    result = protect(
        TEXT,
        policy="mask",
        policies={
            "NAME": "keep",
            "ID": "hash",
            "BIRTH_DATE": "generalise",
            "AGE": "generalise",
            "ADDRESS": "generalise",
        },
    )
    assert result.text.startswith("Ana Gil Sanz, DNI [ID-")
    assert result.text.endswith(
        ", nacida el 1980, tiene 40-49 años y vive en Madrid. Su tarjeta es la [CARD]."
    )
    assert not result.dropped
    assert result.counts == {"ID": 1, "BIRTH_DATE": 1, "AGE": 1, "ADDRESS": 1, "CARD": 1}


def test_a_type_that_drops_documents() -> None:
    result = protect(TEXT, policies={"CARD": "drop_document", "ID": "drop_document"})
    assert result.dropped == "CARD:1,ID:1"
    assert "4539" not in result.text
    assert not protect("Nada que ver aquí.", policies={"CARD": "drop_document"}).dropped


def test_policy_keep_still_removes_secrets() -> None:
    assert protect(TEXT, policy="keep").text == TEXT
    for fields in ({"policy": "keep"}, {"enabled": False}):
        assert protect("Ana Gil, clave: x9!Kpp31", **fields).text == "Ana Gil, clave: [SECRET]"


def test_a_kept_town_stays_when_the_street_goes() -> None:
    result = protect("Vive en Calle Mayor 84, 28013 Madrid.", policies={"PLACE": "keep"})
    assert result.text.endswith("28013 Madrid.")
    assert "Mayor 84" not in result.text


def test_a_person_has_one_pseudonym_in_documents_of_two_languages() -> None:
    spanish = protect("La señora Remedios Echevarría Solana firmó.", "es").text
    english = protect("Mrs Remedios Echevarría Solana signed.", "en").text
    assert spanish.split()[2:5] == english.split()[1:4]


def test_the_recipe_knows_what_the_recognisers_know() -> None:
    from dialecto.corpus.pii import ALL_TYPES
    from dialecto.corpus.pii.finder import recognisers

    assert set(PERSONAL_DATA) == ALL_TYPES
    assert {kind for rule in recognisers(()) for kind in rule.types} <= set(PERSONAL_DATA)
    regions = {region for rule in recognisers(()) for region in rule.regions}
    assert set(COUNTRIES) - {"PR"} <= regions  # Puerto Rico has the numbers of the US


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"policies": {"BIRTHDATE": "mask"}}, "Did you mean BIRTH_DATE"),
        ({"policies": {"FOO": "mask"}}, "Known: NAME, ID"),
        ({"policies": {"NAME": "burn"}}, "drop_document"),
        ({"policies": {"SECRET": "keep"}}, "always removed"),
        ({"patterns": {"expediente": "x1"}}, "cannot name a type"),
        ({"patterns": {"X1": "(a+)+"}}, "repeat"),
        ({"patterns": {"X1": "(a|aa)*b"}}, "repeat"),
        ({"patterns": {"X1": "["}}, "not a regular expression"),
        ({"patterns": {"X1": r"\d*"}}, "matches nothing"),
        ({"patterns": {"SECRET": "a1"}}, "rules"),
        ({"regions": ["Spain"]}, "not a country"),
        ({"recognisers": ["../other/x.py"]}, "outside the project"),
        ({"recognisers": ["/tmp/x.py"]}, "outside the project"),
    ],
)
def test_what_the_recipe_refuses(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Pii.model_validate(fields)


def test_the_corpus_drops_and_accounts_for_documents(tmp_path: Path, refine: Refine) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(6):
        (docs / f"{number}.txt").write_text(
            f"Documento {number} sobre el tema {'abcdef'[number] * 5}, bastante largo. " * 3,
            encoding="utf-8",
        )
    (docs / "card.txt").write_text(TEXT, encoding="utf-8")
    (docs / "secret.txt").write_text("Para entrar use la contraseña: Luna!2020. " * 2, "utf-8")
    plain: dict[str, Any] = {"quality": {"enabled": False}}
    work, metrics = refine(docs, pii={"policies": {"CARD": "drop_document"}}, **plain)
    assert metrics["documents.removed.pii_policy"] == 1
    lineage = {row["path"]: row for row in pq.read_table(work / "lineage.parquet").to_pylist()}
    assert lineage["card.txt"]["outcome"] == "removed"
    assert lineage["card.txt"]["reason"] == "pii_policy"
    assert lineage["card.txt"]["detail"] == "CARD:1"
    removed = json.loads((work / "removed.json").read_text(encoding="utf-8"))
    assert removed["removed"] == {"pii_policy": 1}
    (example,) = removed["examples"]["pii_policy"]
    assert "[CARD]" in example["text"]
    assert "Gil" not in example["text"]
    off, metrics = refine(docs, "off", pii={"enabled": False}, **plain)
    assert metrics["documents.kept"] == 8
    assert metrics["pii.SECRET"] == metrics["pii.entities"] == 2
    texts = "\n".join(row["text"] for row in documents(off))
    assert "contraseña: [SECRET]." in texts
    assert "Ana Gil Sanz" in texts


def test_conversations_follow_the_same_policies(tmp_path: Path, refine: Refine) -> None:
    talks = tmp_path / "talks"
    talks.mkdir()

    def talk(question: str) -> str:
        answer = {"role": "assistant", "content": "La contraseña: Luna!2020 ya no vale."}
        return json.dumps({"messages": [{"role": "user", "content": question}, answer]})

    lines = [
        talk("¿Qué hago?"),
        talk("Mi tarjeta es la 4539 1488 0343 6467."),
        talk("Soy Ana Gil."),
    ]
    (talks / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    kinds = {"talks": "conversations"}
    work, metrics = refine(tmp_path, kinds=kinds, pii={"policies": {"CARD": "drop_document"}})
    assert metrics["conversations.kept"] == 2
    assert metrics["conversations.removed.pii_policy"] == 1
    raw = (work / "removed.json").read_text(encoding="utf-8")
    assert "4539" not in raw
    assert "Luna" not in raw
    off, _ = refine(tmp_path, "off", kinds=kinds, pii={"enabled": False})
    rows = pq.read_table(off / "conversations").to_pylist()
    assert len(rows) == 3
    assert all("contraseña: [SECRET] ya" in row["messages"][1]["content"] for row in rows)
    assert any("Ana Gil" in row["messages"][0]["content"] for row in rows)


def test_code_that_a_recipe_runs_is_recorded(tmp_path: Path) -> None:
    from dialecto.corpus.stage import record_code
    from dialecto.recipe import CorpusSection
    from dialecto.runtime import StageContext

    (tmp_path / "ours.py").write_text("RECOGNISERS = []\n", encoding="utf-8")
    section = CorpusSection.model_validate({"pii": {"recognisers": ["ours.py"]}})
    seen: list[tuple[str, Any]] = []
    context = StageContext(tmp_path, record=lambda action, facts: seen.append((action, facts)))
    record_code(context, section, tmp_path)
    record_code(context, CorpusSection(), tmp_path)
    ((action, facts),) = seen
    assert action == "corpus.code"
    assert len(facts["recognisers"]["ours.py"]) == 64
