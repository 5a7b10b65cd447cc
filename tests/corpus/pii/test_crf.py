"""Compiled models say what CRFsuite says; rewritten pages keep their labels."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pycrfsuite
import pytest

from dialecto.corpus.pii import crf, crf_training
from dialecto.corpus.pii.crf_tables import Crf, Memory, load, save
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.features import Context, Line, contexts, line_of, rows_of
from dialecto.corpus.pii.gazetteer import fold, towns
from dialecto.corpus.pii.gold import GoldDocument
from dialecto.corpus.pii.sequence import entities_of, rule_labels, tags_of
from dialecto.corpus.pii.training.augment import rewritten
from dialecto.corpus.pii.training.generate import sentences
from dialecto.corpus.pii.training.slots import Slots

Labelled = tuple[Line, Context, list[str]]


def pages(seed: int, rich: bool) -> list[Labelled]:
    """Generated lines, each told what a rule would have found in it."""
    result = []
    for text, entities in sentences("es", 250, seed):
        line = line_of(text, 0, len(text))
        if line.words:
            marks = rule_labels(e for e in entities if e.type == "AGE")
            (context,) = contexts(text, [line], marks, [tags_of(line, entities)], rich=rich)
            result.append((line, context, tags_of(line, entities)))
    return result


@pytest.mark.parametrize("rich", [False, True])
def test_tables_tag_as_crfsuite_does(
    rich: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "crfsuite"
    read = crf_training.read_weights

    def keep(path: Path) -> tuple[crf_training.Weights, crf_training.Weights]:
        kept.write_bytes(path.read_bytes())
        return read(path)

    monkeypatch.setattr(crf_training, "read_weights", keep)
    sequences = [(rows_of(line, around, rich), tags) for line, around, tags in pages(3, rich)]
    model = crf_training.fit(sequences, [(0.3, 0.02)], iterations=25, minimum_count=1, rich=rich)
    save(model, tmp_path / "model.npz")
    model = load(tmp_path / "model.npz")
    tagger = pycrfsuite.Tagger()
    tagger.open(str(kept))
    unseen = pages(4, rich)
    ours = crf.tag(model, [line for line, _, _ in unseen], [around for _, around, _ in unseen])
    theirs = [tagger.tag(rows_of(line, around, rich)) for line, around, _ in unseen]
    # The tables forbid an I- after another type, which CRFsuite does not.
    legal = [i for i, tags in enumerate(theirs) if all(map(follows, ["O", *tags], tags))]
    assert len(legal) > 0.95 * len(theirs)
    assert [ours[i] for i in legal] == [theirs[i] for i in legal]
    assert sum(tag != "O" for tags in ours for tag in tags) > 100


def follows(before: str, tag: str) -> bool:
    return tag[:2] != "I-" or before[2:] == tag[2:]


def test_a_file_of_tables_is_the_same_for_the_same_model(tmp_path: Path) -> None:
    model = tiny_model()
    save(model, tmp_path / "a.npz")
    save(load(tmp_path / "a.npz"), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@cache
def tiny_model() -> Crf:
    sequences = [(rows_of(line, around, False), tags) for line, around, tags in pages(5, False)]
    return crf_training.fit(
        sequences[:60], [(0.1, 0.1)], iterations=10, minimum_count=1, rich=False
    )


def test_words_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    model = replace(tiny_model(), memory=Memory())
    lines = [(line, around) for line, around, _ in pages(6, False)]
    want = [crf.tag(model, [line], [around]) for line, around in lines]
    monkeypatch.setattr(crf, "KEPT_WORDS", 40)
    model.memory.rows.clear()
    assert [crf.tag(model, [line], [around]) for line, around in lines] == want
    assert len(model.memory.rows) < 80


def test_a_committee_is_the_average_of_its_members() -> None:
    one = ({"w=a": {"B-NAME": 2.0}}, {"O": {"O": 1.0}})
    other = ({"w=a": {"O": 1.0}, "w=b": {"O": 4.0}}, {"O": {"O": 3.0}})
    state, moves = crf_training.pooled([one, other])
    assert {k: dict(v) for k, v in state.items()} == {
        "w=a": {"B-NAME": 1.0, "O": 0.5},
        "w=b": {"O": 2.0},
    }
    assert moves["O"]["O"] == 2.0


def test_tags_and_entities_are_the_same_thing() -> None:
    for text, entities in sentences("en", 300, 2):
        line = line_of(text, 0, len(text))
        back = entities_of(text, line, tags_of(line, entities), "x", 1.0)
        whole = {line.starts[i] + len(word) for i, word in enumerate(line.words)}
        spans = [(e.start, e.end, e.type) for e in entities if e.end in whole]
        assert set(spans) <= {(e.start, e.end, e.type) for e in back}


def test_no_tag_where_no_line_has_a_word() -> None:
    assert crf.tag(tiny_model(), [line_of("  \n", 0, 3)], [Context(("L=",), {})]) == [[]]


def test_rewritten_pages_keep_their_labels() -> None:
    text = (
        "Nombre: Ana Gil.\nDr. Luis Mas, Hospital Central. Calle Mayor 8, 28013 Madrid\nNHC: 4421"
    )
    marks = {
        "Ana Gil": "NAME",
        "Luis Mas": "NAME",
        "Hospital Central": "ORGANISATION",
        "Calle Mayor 8": "ADDRESS",
        "28013": "PLACE",
        "Madrid": "PLACE",
        "4421": "RECORD",
    }
    entities = tuple(
        Entity(text.index(v), text.index(v) + len(v), kind, v, 1.0, "gold")
        for v, kind in marks.items()
    )
    page = GoldDocument("a", text, entities)
    copies = [rewritten([page], "es", f"{n}")[0] for n in range(30)]
    assert copies[0] == rewritten([page], "es", "0")[0]
    assert len({copy.text for copy in copies}) > 25
    for copy in copies:
        assert [e.type for e in copy.entities] == list(marks.values())
        assert all(copy.text[e.start : e.end] == e.text for e in copy.entities)
        assert copy.text.startswith("Nombre: ")
        assert "\nNHC: " in copy.text
        assert copy.entities[-1].text.isdigit()
        assert len(copy.entities[-1].text) == 4


def test_words_of_places_and_accents() -> None:
    assert "t" in towns()["albacete"]
    assert "u" in towns()["compostela"]
    assert fold("ÁÑÜçŠĐ") == "añucsđ"
    assert fold("Ｅ\u0301x") == fold("Ｅx")
    assert Slots("es", Random(1)).name() == Slots("es", Random(1)).name()
    assert np.isfinite(tiny_model().transitions).all()
