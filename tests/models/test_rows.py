"""The context follows documents and budget, the batch the tokens that are read."""

from __future__ import annotations

import pytest

from dialecto.models.law import TextFacts
from dialecto.models.rows import choose_batch, choose_context


def text(typical: int) -> TextFacts:
    return TextFacts(1_000_000, 4_000_000, 50_000, typical_document=typical)


@pytest.mark.parametrize(
    ("seconds", "typical", "context", "why"),
    [
        (600, 2_000, 256, "context.long"),
        (600, 200, 256, "context.fits"),
        (600, 60, 64, "context.short"),
        (3600, 2_000, 512, "context.long"),
        (3600, 200, 256, "context.short"),
        (86400, 2_000, 1024, "context.fits"),
        (None, 2_000, 256, "context.long"),
    ],
)
def test_context(seconds: float | None, typical: int, context: int, why: str) -> None:
    chosen = choose_context(seconds, text(typical))
    assert (chosen.tokens, chosen.why) == (context, why)


def test_one_long_document_among_short_ones_does_not_lengthen_rows() -> None:
    assert choose_context(86400, text(100)).tokens == 128
    assert choose_context(86400, text(0)).tokens == 1024  # unknown: the longest decides


def test_a_processor_makes_small_steps() -> None:
    assert choose_batch("cpu", 100_000).tokens == 1024
    assert {choose_batch("cpu", tokens).tokens for tokens in (1e6, 1e8, 1e10)} == {2048}


def test_an_accelerators_steps_grow_with_the_square_root_of_what_it_reads() -> None:
    assert choose_batch("cuda", 160e6).tokens == 65_536
    assert choose_batch("cuda", 4 * 160e6).tokens == 2 * 65_536
    assert choose_batch("cuda", 1e4).tokens == 2048
    assert choose_batch("cuda", 1e13).tokens == 1 << 19
    assert 3e6 / choose_batch("cuda", 3e6).tokens >= 200
