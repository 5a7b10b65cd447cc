"""What a balanced corpus holds: groups, shares, repeats, topics, terms of gender."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus.balance.step import note_balance
from dialecto.corpus.balance.terms import count_terms
from dialecto.corpus.balance.topics import find_topics, sample_of
from dialecto.corpus.balance.weights import Weighed, debias, plan_groups, weigh
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import write_json
from dialecto.tokenizer.stage import read_texts
from tests.corpus.conftest import Refine, Told, documents, lineage
from tests.corpus.test_stage import prose

SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 10**6), min_size=1)


@given(SIZES, st.floats(0, 1), st.floats(0.01, 1), st.integers(1, 10))
def test_shares_and_repeats_keep_to_their_limits(
    sizes: dict[str, int], temperature: float, share: float, repeat: int
) -> None:
    plans = plan_groups(sizes, temperature, share, repeat)
    read = {g: sizes[g] * p.repeat * p.keep for g, p in plans.items()}
    reachable = max(share, 1 / len(sizes))
    assert max(read.values()) <= reachable * sum(read.values()) * (1 + 1e-6)
    for plan in plans.values():
        assert 1 <= plan.repeat <= repeat
        assert 0 < plan.keep <= 1
        assert plan.repeat == 1 or plan.keep == 1


def test_temperature_is_the_published_one() -> None:
    # Proportions n ** 0.5: 100 and 400 are read 2 : 4, so the smaller one twice.
    plans = plan_groups({"a": 100, "b": 400}, 0.5, 1.0, 10)
    assert plans["b"].repeat == 1
    assert plans["a"].repeat == pytest.approx(2)
    assert plan_groups({"a": 100, "b": 400}, 1.0, 1.0, 10)["a"].repeat == 1
    assert plan_groups({"a": 100, "b": 400}, 0.0, 1.0, 10)["a"].repeat == pytest.approx(4)
    assert plan_groups({"a": 100, "b": 400}, 0.0, 1.0, 3)["a"].repeat == 3
    assert plan_groups({"a": 100, "b": 400}, 1.0, 0.5, 3)["b"].keep == pytest.approx(0.25)


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0.3, 1))
def test_documents_follow_their_groups_plan(seed: int, temperature: float, share: float) -> None:
    draw = random.Random(seed)
    found = [
        Weighed(f"{n:04d}", draw.choice("aaaabbc"), draw.randint(500, 1500), draw.random())
        for n in range(400)
    ]
    sizes = Counter[str]()
    for document in found:
        sizes[document.group] += document.bytes
    plans = plan_groups(sizes, temperature, share, 4)
    weighed = weigh(found, plans, seed)
    assert weighed == weigh(found[::-1], plans, seed)
    for group, plan in plans.items():
        read = sum(d.bytes * d.repeat for d in weighed if d.group == group)
        assert abs(read - plan.repeat * plan.keep * sizes[group]) <= 1500
        if plan.keep < 1:  # the best stay
            stays = [d.quality for d in weighed if d.group == group and d.repeat]
            goes = [d.quality for d in weighed if d.group == group and not d.repeat]
            assert not goes or round(min(stays) * 10) >= round(max(goes) * 10)


def ratio(found: list[Weighed]) -> float:
    return sum(d.feminine * d.repeat for d in found) / sum(d.masculine * d.repeat for d in found)


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 5), st.booleans())
def test_debiasing_brings_the_ratio_nearer_to_one(seed: int, most: int, women: bool) -> None:
    draw = random.Random(seed)
    found = []
    for n in range(200):
        more, less = draw.randint(0, 9), draw.randint(0, 4)
        counts = (more, less) if women else (less, more)
        found.append(Weighed(str(n), "", draw.randint(200, 900), 0.0, *counts))
    after = debias(found, most)
    assert all(1 <= d.repeat <= most for d in after)
    assert abs(1 - ratio(after)) <= abs(1 - ratio(found))
    assert sum(d.bytes * d.repeat for d in after) <= 1.25 * sum(d.bytes for d in found)
    if most >= 2:
        assert ratio(after) != ratio(found)
        assert (ratio(after) >= 1) == women  # never past the other side


def test_terms_are_counted_in_their_language() -> None:
    assert count_terms("La abogada y los ABOGADOS; ella, y un señor mayor.", "es") == {
        "gender.feminine": 2,
        "gender.masculine": 2,
    }
    assert count_terms("She told him that the immigrants were young.", "en") == {
        "gender.feminine": 1,
        "gender.masculine": 1,
        "group.migrants": 1,
        "group.young": 1,
    }
    assert count_terms("He comido con el director.", "es") == {"gender.masculine": 1}


FIELDS = {
    "cocina": "receta horno harina azúcar sartén cuchara hervir salsa cebolla tomate ajo masa",
    "derecho": "contrato demanda juzgado cláusula sentencia recurso tribunal plazo firma pleito",
    "huerto": "semilla riego siembra cosecha abono tierra planta poda tractor surco huerta fruto",
}

COMMON = "persona lugar tiempo forma parte manera cosa"


def about(field: str, seed: int) -> str:
    """A text with the words of a field, and some of everybody's."""
    draw = random.Random(f"{field}{seed}")
    own, common = (
        FIELDS[field].split(),
        ["persona", "lugar", "tiempo", "forma", "parte", "manera", "cosa"],
    )
    words = [draw.choice(own if draw.random() < 0.6 else common) for _ in range(80)]
    return f"Ramiro escribe a Benita: {' '.join(words)}."


def test_topics_are_found_and_named_without_naming_anybody() -> None:
    texts = [about(field, n) for n in range(60) for field in FIELDS]
    topics = find_topics(texts, 3, 7)
    assert topics is not None
    assigned = [topics.of(text) for text in texts]
    for place, field in enumerate(FIELDS):
        (topic,) = set(assigned[place::3])
        assert all(word in FIELDS[field].split() for word in topics.names[topic].split(", "))
    assert topics.of("12345 %%%") == -1
    assert find_topics(texts[:10], 3, 7) is None
    again = find_topics(texts, 3, 7)
    assert again is not None
    assert again.names == topics.names
    assert not {"ramiro", "benita"} & set(topics.terms)


def test_the_sample_does_not_depend_on_order() -> None:
    names = [str(n) for n in range(12_000)]
    assert sample_of(names) == sample_of(names[::-1])
    assert len(sample_of(names)) == 5_000


def neutral(seed: int) -> str:
    """Prose that names nobody."""
    return prose(seed).replace("socio", "molino")


def sources(root: Path) -> dict[str, str]:
    for name, count, start in (("grande", 60, 0), ("chica", 12, 500)):
        (root / name).mkdir(parents=True)
        for n in range(count):
            text = neutral(start + n)
            text = f"La abogada y ella. {text}" if n < 5 else text
            (root / name / f"{name}{n}.txt").write_text(text, encoding="utf-8")
    return {"grande": "documents", "chica": "documents"}


def test_nothing_to_balance_is_told(tmp_path: Path) -> None:
    def told(groups: list[str]) -> list[str]:
        write_json(tmp_path / "balance.json", {"groups": [{"name": name} for name in groups]})
        notes: list[str] = []
        note_balance(StageContext(tmp_path, progress=Told(notes)), tmp_path, "year")
        return notes

    assert told([""]) == ["warning: nothing was balanced by `year`: no document's year is known"]
    assert told(["2020", ""]) == [
        "warning: nothing was balanced by `year`: all documents are of 2020"
    ]
    assert told(["2020", "2021"]) == []


def test_a_small_source_is_repeated_in_training_only(tmp_path: Path, refine: Refine) -> None:
    kinds = sources(tmp_path / "fuentes")
    wanted = {"enabled": True, "by": "source", "temperature": 0.5, "max_repeat": 3}
    work, _ = refine(tmp_path / "fuentes", kinds=kinds, balance=wanted)
    rows = documents(work)
    assert {row["repeat"] for row in rows if row["source"] == "grande"} == {1}
    assert {row["repeat"] for row in documents(work, "test")} == {1}
    train = [row for row in documents(work, "train") if row["source"] == "chica"]
    assert {row["repeat"] for row in train} <= {2, 3}
    shares = json.loads((work / "balance.json").read_text(encoding="utf-8"))
    small = next(row for row in shares["groups"] if row["name"] == "chica")
    assert small["share_after"] == pytest.approx(5**0.5 / (5 + 5**0.5), abs=0.02)
    read = Counter(text for batch in read_texts(work, "train", repeated=True) for text in batch)
    assert all(read[row["text"]] == row["repeat"] for row in documents(work, "train"))
    once = [text for batch in read_texts(work, "train") for text in batch]
    assert len(once) == len(set(once)) == len(documents(work, "train"))


def test_a_source_above_its_share_loses_documents(tmp_path: Path, refine: Refine) -> None:
    kinds = sources(tmp_path / "fuentes")
    wanted = {"enabled": True, "by": "source", "temperature": 1.0, "max_share": 0.75}
    work, metrics = refine(tmp_path / "fuentes", kinds=kinds, balance=wanted)
    gone = [row for row in lineage(work).values() if row["reason"] == "balance"]
    assert metrics["documents.removed.balance"] == len(gone) == pytest.approx(24, abs=1)
    assert {row["detail"] for row in gone} == {"grande"}
    with pytest.raises(DialectoError, match="max_share"):
        refine(
            tmp_path / "fuentes",
            name="otro",
            kinds=kinds,
            balance={"enabled": True, "by": "source", "temperature": 1.0, "max_share": 0.5},
        )


def test_gender_is_counted_before_and_after(tmp_path: Path, refine: Refine) -> None:
    kinds = sources(tmp_path / "fuentes")
    for n in range(10):
        path = tmp_path / "fuentes" / "grande" / f"grande{n + 20}.txt"
        text = f"El abogado, él y el señor director. {neutral(900 + n)}"
        path.write_text(text, encoding="utf-8")
    wanted = {"enabled": True, "by": "source", "temperature": 1.0, "debias": "gender"}
    work, _ = refine(tmp_path / "fuentes", kinds=kinds, balance=wanted)
    found = json.loads((work / "balance.json").read_text(encoding="utf-8"))
    before, after = (found["feminine_per_masculine"][when] for when in ("before", "after"))
    assert before < after <= 1
    assert found["terms"]["gender.masculine"]["before"] == 40
