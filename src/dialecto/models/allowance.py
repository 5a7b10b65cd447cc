"""What a budget allows on one machine: seconds of training, or a number of FLOPs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from dialecto.recipe import Budget, MachineSection
from dialecto.runtime import DialectoError


@dataclass(frozen=True)
class Allowance:
    """Either `seconds` or `flops` is given. `text`, `unit` and `amount` are the user's own.

    `watts` and `price` (of an hour or a kWh, as `price_of` says) are what turned it into time.
    """

    text: str
    unit: str
    amount: float
    seconds: float | None
    flops: float | None = None
    watts: float | None = None
    price: float | None = None
    price_of: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def allow(budget: Budget, machine: MachineSection, watts: Callable[[], float]) -> Allowance:
    """The budget in seconds, or in FLOPs. `watts` is asked only when the recipe does not say.

    Raises DialectoError when a price is missing.
    """
    own = (budget.text, budget.unit, budget.amount)
    if budget.unit == "seconds":
        return Allowance(*own, seconds=budget.amount)
    if budget.unit == "flops":
        return Allowance(*own, seconds=None, flops=budget.amount)
    if missing := budget.missing(machine):
        raise DialectoError(f"{missing}.")
    if budget.unit == "money" and machine.price_per_hour:
        price = machine.price_per_hour
        return Allowance(*own, seconds=budget.amount / price * 3600, price=price, price_of="hour")
    power = machine.watts or watts()
    price_of_energy = machine.price_per_kwh if budget.unit == "money" else None
    energy = budget.amount / price_of_energy if price_of_energy else budget.amount
    return Allowance(
        *own,
        seconds=energy * 3.6e6 / power,
        watts=power,
        price=price_of_energy,
        price_of="kWh" if price_of_energy else "",
    )
