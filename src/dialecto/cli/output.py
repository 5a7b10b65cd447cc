"""How commands print: one JSON object or plain aligned columns, on standard output."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

# What a line of `dialecto run` and `dialecto status` shows of a stage, where it has it.
KEY_METRICS = (
    "sources",
    "pages",
    "rows",
    "captures",
    "documents.in",
    "documents.kept",
    "documents.removed",
    "documents.quarantined",
    "vocabulary",
    "tokens.train",
    "parameters",
    "bpb",
    "bpb.predicted",
    "bpb.validation",
    "masked_loss",
    "masked_accuracy",
    "span_loss",
    "span_accuracy",
    "loss",
    "tokens_per_second",
    "facts.token_f1",
    "facts.accuracy",
)


def print_json(value: Mapping[str, Any]) -> None:
    """One line. A number that is not one (NaN) becomes null, as JSON has none."""
    print(json.dumps(_plain(value), ensure_ascii=False, allow_nan=False), flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def say(text: str) -> None:
    """A line for people, beside the result."""
    print(text, file=sys.stderr, flush=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Left-aligned columns as wide as their widest cell."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def key_metrics(metrics: Mapping[str, Any]) -> str:
    """The metrics that people look for first, in one line."""
    return "  ".join(
        f"{name} {number(metrics[name])}" for name in KEY_METRICS if metrics.get(name) is not None
    )


def number(value: Any) -> str:
    """`12,345`, `0.832`, `12.4`."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
