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


def cost_rows(lang: str, found: Estimate, price: float | None, country: str, count: int) -> Rows:
    """The same for people: (key of its name, value, why)."""
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
        ("hours", _hours(found.hours), f"{found.tokens_per_second:,.0f} tokens/s"),
        ("device_hours", f"{found.device_hours:,.1f}", devices(count)),
        ("memory", f"{memory.bytes / 1e9:,.1f} GB", layout),
        ("energy", f"{found.kilowatt_hours:,.2f} kWh", "PUE 1.2"),
        ("co2", f"{facts['kg_co2']:,.2f} kg", country),
    ]
    if price is not None:
        rows.append(("price", f"{facts['price']:,.2f}", f"{price:g} x {found.device_hours:,.1f}"))
    return rows


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.1f} min"
    return f"{hours:,.1f} h" if hours < 72 else f"{hours / 24:,.1f} d"
