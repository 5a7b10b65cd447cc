"""Budgets as people write them."""

from __future__ import annotations

import pytest

from dialecto.recipe import MachineSection, Recipe, parse_budget
from dialecto.runtime import BadUsage


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("10m", "seconds", 600),
        ("1h30m", "seconds", 5400),
        ("1,5H", "seconds", 5400),
        ("10 min", "seconds", 600),
        ("1h 30min", "seconds", 5400),
        ("10M", "seconds", 600),
        ("3kWh", "kWh", 3),
        ("500 Wh", "kWh", 0.5),
        ("50eur", "money", 50),
        ("12,50 €", "money", 12.5),
        ("20 USD", "money", 20),
        ("2e18flops", "flops", 2e18),
        ("1.5 PFLOP", "flops", 1.5e15),
        ("5E+17 FLOPs", "flops", 5e17),
    ],
)
def test_every_unit(text: str, unit: str, amount: float) -> None:
    budget = parse_budget(text)
    assert (budget.unit, budget.amount, budget.text) == (unit, pytest.approx(amount), text)


@pytest.mark.parametrize("text", ["", "10", "kWh", "-3kWh", "10 minutos", "3 km", "5 xyz", "m5"])
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(ValueError, match=r"write time like .* energy like .* money like"):
        parse_budget(text)


@pytest.mark.parametrize("text", ["0kWh", "0eur", "0flops", "0m", "0,0h"])
def test_nothing_is_no_budget(text: str) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        parse_budget(text)


def test_more_than_can_be_counted_is_no_budget() -> None:
    with pytest.raises(ValueError, match="more than can be counted"):
        parse_budget("1e400flops")


def recipe(**fields: object) -> Recipe:
    return Recipe.model_validate({"name": "x", "sources": [{"path": "docs"}], **fields})


def test_money_asks_for_a_price() -> None:
    with pytest.raises(ValueError, match=r"price_per_hour.* in EUR"):
        recipe(budget="50eur")
    with pytest.raises(BadUsage, match="price_per_hour"):
        recipe().with_budget("50eur")
    priced = recipe(budget="50eur", machine={"price_per_hour": 2})
    assert priced.pretrain_budget.missing(priced.machine) == ""
    assert not parse_budget("3kWh").missing(MachineSection())


def test_a_chat_project_shares_its_budget() -> None:
    talks = [{"path": "docs"}, {"path": "talks", "kind": "conversations"}]
    shared = recipe(sources=talks, budget="10kWh")
    assert shared.pretrain_budget.amount + shared.tune_budget.amount == pytest.approx(10)
    assert recipe(budget="10kWh").pretrain_budget.amount == 10
