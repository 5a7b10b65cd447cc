"""The experts' use on the page, in both languages."""

from __future__ import annotations

import re

import pytest

from dialecto.reporting.experts import experts_view
from dialecto.reporting.filling import defined_words, filling_cards, filling_summary
from dialecto.reporting.texts import Words

LINES = [{"step": step, "shares": [[0.5, 0.25, 0.25, 0.0], [0.25] * 4]} for step in range(1, 31)]


@pytest.mark.parametrize(("lang", "even"), [("es", "25,0"), ("en", "25.0%")])
def test_the_page_shows_the_last_shares_and_the_run(lang: str, even: str) -> None:
    view = experts_view(LINES, Words(lang))
    assert view is not None
    assert even in view["lead"]
    assert view["picture"].count("<rect") == 8
    opacities = re.findall(r'fill-opacity="([\d.]+)"', view["picture"])
    assert [float(o) for o in opacities[:4]] == [1.0, 0.5, 0.5, 0.0]
    assert len(view["rows"]) <= 12
    assert view["rows"][-1][0] == "30"
    assert view["rows"][-1][1] in ("2,00", "2.00")
    assert experts_view([], Words(lang)) is None


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_model_that_fills_in_is_told_by_its_own_numbers(lang: str) -> None:
    t = Words(lang)
    for kind in ("masked", "span"):
        scores = {f"{kind}_loss": 2.0, f"{kind}_perplexity": 7.389, f"{kind}_accuracy": 0.5}
        assert len(filling_cards(scores, t)) == 3
        assert len(filling_summary(scores, t)) == 1
        assert defined_words(scores) == [f"{kind}_loss"]
        assert t(f"words.{kind}_loss.text")
    assert filling_cards({"bpb": 1.0, "perplexity": 4.0}, t) == []
    assert "bpb" in defined_words({"bpb": 1.0})
