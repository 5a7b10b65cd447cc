"""The recipe that `dialecto new` writes is valid and explained, whatever it is given."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dialecto.recipe import Recipe, Source
from dialecto.recipe.reference import reference
from dialecto.recipe.template import recipe_text, scalar

PRINTABLE = st.text(min_size=1, max_size=30).filter(lambda s: s.isprintable() and s.strip())


@given(PRINTABLE)
def test_any_text_survives_yaml(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}  # x") == {"a": text}
    assert "\n" not in scalar(text)


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("objective", ["chat", "text"])
def test_every_line_is_explained_and_the_whole_is_valid(lang: str, objective: str) -> None:
    text = recipe_text(
        name="Año: 'uno' #1",
        lang=lang,
        objective=objective,
        budget="10m",
        seed=3,
        sources=[
            Source(path="../mis datos/ñ", exclude=["conv/**", "[a].md"]),
            Source(path="c.jsonl", kind="conversations"),
        ],
        questions="q: 1.jsonl",
    )
    assert all("#" in line for line in text.splitlines() if line)
    recipe = Recipe.model_validate(yaml.safe_load(text))
    assert recipe.name == "Año: 'uno' #1"
    assert recipe.sources[0].exclude == ["conv/**", "[a].md"]
    assert recipe.evaluate.questions == "q: 1.jsonl"
    # The examples at the end are valid too when their mark is taken away.
    for line in text.splitlines():
        if line.startswith("# ") and ": {" in line:
            example = yaml.safe_load(line.removeprefix("# "))
            base = {"name": "x", "sources": [{"path": "a"}]}
            assert Recipe.model_validate({**base, **example})


def test_the_reference_page_is_up_to_date() -> None:
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs" / "reference" / "recipe.md"
    assert page.read_text(encoding="utf-8") == reference(), (
        "python -m dialecto.recipe.reference > docs/reference/recipe.md"
    )
