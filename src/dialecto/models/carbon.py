"""Grams of CO2 for a kilowatt-hour, by country, from the table that codecarbon carries."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from dialecto.runtime import BadUsage


@cache
def _mix() -> dict[str, dict[str, Any]]:
    path = files("codecarbon") / "data" / "private_infra" / "global_energy_mix.json"
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def grams_per_kwh(country: str) -> float:
    """Carbon intensity of a country's electricity; ISO 3166, two or three letters.

    Source: Our World in Data's energy mix, as codecarbon distributes it. Raises BadUsage.
    """
    import pycountry

    wanted = country.strip().upper()
    if len(wanted) == 2:
        found = pycountry.countries.get(alpha_2=wanted)
        wanted = found.alpha_3 if found else wanted
    entry = _mix().get(wanted)
    if entry is None or entry.get("carbon_intensity") is None:
        raise BadUsage(f"'{country}' is no country that is known here; write it as ESP or ES.")
    return float(entry["carbon_intensity"])
