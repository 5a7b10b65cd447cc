"""Documents too short to teach anything."""

from __future__ import annotations

import pyarrow as pa

from dialecto.corpus.table import REMOVED, settle


def length_step(table: pa.Table, minimum: int) -> pa.Table:
    """Removes documents with fewer than `minimum` characters as `too_short`."""
    return settle(
        table,
        [
            (REMOVED, "too_short", f"{len(text.strip())} characters")
            if len(text.strip()) < minimum
            else None
            for text in table["text"].to_pylist()
        ],
    )
