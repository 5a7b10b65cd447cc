"""The one dial: what may be spent on training, as time, energy, money or arithmetic.

`10m` and `1h30m` are time; `3kWh` energy; `50eur` money, by the currency's ISO 4217 code;
`2e18flops` training FLOPs. Only time and FLOPs say by themselves how long to train: energy needs
the machine's watts, money the price of an hour or of a kWh.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from pydantic import Field

from dialecto.recipe.base import NOT_IN_DIGEST, Section
from dialecto.recipe.quantities import TIME_UNITS, parse_seconds

FORMS = "write time like 10m or 2h, energy like 3kWh, money like 50eur, arithmetic like 2e18flops"
NOTHING = "a budget of '{text}' buys nothing; it must be more than zero"
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?(?:e\+?\d+)?)(.+)", re.IGNORECASE)
_ENERGY = {"wh": 1e-3, "kwh": 1.0, "mwh": 1e3}
_PREFIX = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18}
_FLOPS = re.compile(r"([kmgtpe]?)flops?")
_CURRENCIES = frozenset(
    [
        "eur",
        "usd",
        "gbp",
        "chf",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "ron",
        "cad",
        "aud",
        "nzd",
        "jpy",
        "cny",
        "inr",
        "krw",
        "zar",
        "ars",
        "bob",
        "brl",
        "clp",
        "cop",
        "crc",
        "cup",
        "dop",
        "gtq",
        "hnl",
        "mxn",
        "nio",
        "pab",
        "pen",
        "pyg",
        "uyu",
        "ves",
    ]
)
_SIGNS = {"€": "eur", "$": "usd", "£": "gbp"}


class MachineSection(Section):
    """What the machine draws and costs: turns a budget in energy or money into time."""

    watts: float | None = Field(
        None, gt=0, description="Power that it draws in training; measured or estimated if empty."
    )
    price_per_hour: float | None = Field(
        None, gt=0, description="Of renting it for an hour, in the budget's currency."
    )
    price_per_kwh: float | None = Field(
        None, gt=0, description="Of electricity, in the budget's currency."
    )


class Budget(Section):
    """An amount of `seconds`, `kWh`, `flops` or money, as the user wrote it in `text`."""

    text: str = Field(json_schema_extra=NOT_IN_DIGEST)
    unit: Literal["seconds", "kWh", "flops", "money"]
    amount: float
    currency: str = ""

    def share(self, part: float) -> Budget:
        """A part of the budget, for one of several stages."""
        return self.model_copy(update={"amount": self.amount * part})

    def missing(self, machine: MachineSection) -> str:
        """What the recipe must say before this budget can be spent; empty if nothing."""
        if self.unit != "money" or machine.price_per_hour or machine.price_per_kwh:
            return ""
        return (
            f"a budget of {self.text} needs a price in the recipe: `machine: {{price_per_hour: "
            f"…}}`, or `price_per_kwh`, in {self.currency.upper()}"
        )


def parse_budget(text: str) -> Budget:
    """Raises ValueError with the accepted forms."""
    compact = text.replace(" ", "").lower()
    match = _AMOUNT.fullmatch(compact)
    if match is None:
        raise ValueError(f"'{text}' is not a budget; {FORMS}")
    amount, unit = float(match[1].replace(",", ".")), match[2]
    if flops := _FLOPS.fullmatch(unit):
        return _checked(Budget(text=text, unit="flops", amount=amount * _PREFIX[flops[1]]))
    if unit in _ENERGY:
        return _checked(Budget(text=text, unit="kWh", amount=amount * _ENERGY[unit]))
    currency = _SIGNS.get(unit, unit)
    if currency in _CURRENCIES:
        return _checked(Budget(text=text, unit="money", amount=amount, currency=currency))
    if unit in TIME_UNITS and not amount:
        raise ValueError(NOTHING.format(text=text))
    try:
        return Budget(text=text, unit="seconds", amount=parse_seconds(text))
    except ValueError:
        raise ValueError(f"'{text}' is not a budget; {FORMS}") from None


def _checked(budget: Budget) -> Budget:
    if not budget.amount:
        raise ValueError(NOTHING.format(text=budget.text))
    if budget.amount == math.inf:
        raise ValueError(f"a budget of '{budget.text}' is more than can be counted")
    return budget
