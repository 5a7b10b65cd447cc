"""Energy of a stage, measured by codecarbon without the network.

Where the machine has no counters codecarbon estimates from the processor's rated power and
its load. It is told everything that it would otherwise read from a configuration file, so
that no file can switch on an upload.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_LOG = logging.getLogger(__name__)


@dataclass
class Energy:
    """kWh used by the machine while the block ran; None when it cannot be told."""

    kilowatt_hours: float | None = None


@contextmanager
def measured_energy() -> Iterator[Energy]:
    """Fills in the energy when the block ends, also when it fails. Never fails itself."""
    energy = Energy()
    tracker = _start()
    try:
        yield energy
    finally:
        if tracker is not None:
            energy.kilowatt_hours = _stop(tracker)


def _start() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from codecarbon import OfflineEmissionsTracker

            logging.getLogger("codecarbon").disabled = True
            tracker = OfflineEmissionsTracker(
                country_iso_code="ESP",  # for grams of CO2, which we do not use
                region=None,
                cloud_provider=None,
                cloud_region=None,
                country_2letter_iso_code=None,
                electricitymaps_api_token=None,
                emissions_endpoint=None,
                output_methods=[],
                output_handlers=[],
                tracking_mode="machine",
                log_level="critical",
                measure_power_secs=5,
                allow_multiple_runs=True,
            )
            tracker.start()
            return tracker
    except Exception as error:
        _LOG.info("energy is not measured: %s", error)
        return None


def _stop(tracker: Any) -> float | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tracker.stop()
            used = float(tracker.final_emissions_data.energy_consumed)
    except Exception as error:
        _LOG.info("energy is not measured: %s", error)
        return None
    return used if math.isfinite(used) and used > 0 else None
