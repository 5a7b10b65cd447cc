"""Energy of a stage, measured by codecarbon without the network."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Energy:
    """kWh used by the machine while the block ran; None when it cannot be told."""

    kilowatt_hours: float | None = None


@contextmanager
def measured_energy() -> Iterator[Energy]:
    """Fills in the energy when the block ends, also when it fails."""
    energy = Energy()
    tracker = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from codecarbon import OfflineEmissionsTracker

            tracker = OfflineEmissionsTracker(
                country_iso_code="ESP",
                save_to_file=False,
                log_level="critical",
                measure_power_secs=5,
                allow_multiple_runs=True,
            )
            tracker.start()
    except Exception as error:
        logging.getLogger(__name__).info("energy is not measured: %s", error)
        tracker = None
    try:
        yield energy
    finally:
        if tracker is not None:
            tracker.stop()
            energy.kilowatt_hours = float(tracker.final_emissions_data.energy_consumed)
