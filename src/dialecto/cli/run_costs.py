"""What a run takes on a machine that is not here: time, memory, energy, money, in rows too."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dialecto.models.estimate import Estimate

Rows = list[tuple[str, str, str]]


def run_facts(found: Estimate, price: float | None, country: str, count: int) -> dict[str, Any]:
    """What a run on `count` devices would take, for programs; price: of a device for an hour."""
    from dialecto.models.carbon import grams_per_kwh

    return {
        **asdict(found),
        "devices": count,
        "price": None if price is None else price * found.device_hours,
        "country": country,
        "kg_co2": found.kilowatt_hours * grams_per_kwh(country) / 1000,
    }


def cost_rows(
    lang: str,
    found: Estimate,
    price: float | None,
    country: str,
    count: int,
    *,
    filled: bool = True,
) -> Rows:
    """The same for people: (key of its name, value, why). filled: whether the model is large
    enough to keep such a device busy, as the estimate supposes."""
    from dialecto.cli.texts import text

    def devices(n: int) -> str:
        return text(lang, "plan.device") if n == 1 else text(lang, "plan.devices", n=f"{n:,}")

    facts = run_facts(found, price, country, count)
    memory = found.memory
    layout = text(lang, f"plan.layout.{memory.layout}", n=devices(memory.least_devices))
    if memory.checkpointing:
        layout += text(lang, "plan.checkpointing")
    rows: Rows = [
        ("compute", f"{found.flops:.3g} FLOP", ""),
        (
            "hours",
            _hours(found.hours),
            f"{found.tokens_per_second:,.0f} tokens/s" if filled else text(lang, "plan.unfilled"),
        ),
        ("device_hours", _amount(found.device_hours, 1), devices(count)),
        ("memory", f"{_amount(memory.bytes / 1e9, 1)} GB", layout),
        ("energy", f"{_amount(found.kilowatt_hours, 2)} kWh", "PUE 1.2"),
        ("co2", f"{_amount(facts['kg_co2'], 2)} kg", country),
    ]
    if price is not None:
        hours = _amount(found.device_hours, 1)
        rows.append(("price", _amount(facts["price"], 2), f"{price:g} x {hours}"))
    return rows


def _amount(value: float, decimals: int) -> str:
    """With thousands and so many decimals; two digits of what these would show as nothing."""
    return f"{value:,.{decimals}f}" if not value or value >= 10**-decimals else f"{value:.2g}"


def _hours(hours: float) -> str:
    if hours < 1 / 60:
        return f"{_amount(hours * 3600, 1)} s"
    if hours < 1:
        return f"{hours * 60:.1f} min"
    return f"{hours:,.1f} h" if hours < 72 else f"{hours / 24:,.1f} d"
