"""Reasons are told in both languages, with the same facts."""

from __future__ import annotations

from string import Formatter

from dialecto.models.reasons import SENTENCES, Reason, line, tell
from tests.models.test_planner import plan


def fields(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_sentence_is_there_in_both_languages_with_the_same_facts() -> None:
    assert SENTENCES["en"].keys() == SENTENCES["es"].keys()
    for key, sentence in SENTENCES["en"].items():
        assert fields(sentence) == fields(SENTENCES["es"][key])


def test_a_plans_reasons_can_be_told_in_both() -> None:
    made = plan()
    told = {lang: [tell(reason, lang) for reason in made.reasons] for lang in ("en", "es")}
    assert [f"{about}: {value}, {why}" for about, value, why in told["en"]] == list(made.why)
    names = [about for about, _, _ in told["es"]]
    assert names == [
        "context", "batch", "shape", "steps", "besides", "runner-up", "predicted",
    ]  # fmt: skip
    assert told["es"] != told["en"]


def test_a_language_that_we_do_not_have_is_told_in_spanish() -> None:
    reason = Reason("context", "tokens", "recipe", {"tokens": 256})
    assert tell(reason, "gl") == ("context", "256 tokens", "de la receta")
    assert line(reason) == "context: 256 tokens, from the recipe"
