# ruff: noqa: E501 - a row of a table is clearer in one piece
"""Identifiers of the United States (and Puerto Rico) and the United Kingdom."""

from __future__ import annotations

import re

from stdnum.gb import nhs
from stdnum.us import itin, ssn

from dialecto.corpus.pii.cues import cues
from dialecto.corpus.pii.identifiers.identifier import Identifier, recogniser_of
from dialecto.corpus.pii.recogniser import digits_of


def ssn_is_valid(value: str) -> bool:
    """US social security number or individual taxpayer number."""
    digits = digits_of(value)
    return bool(ssn.is_valid(digits) or itin.is_valid(digits))


def nino_is_valid(value: str) -> bool:
    """UK National Insurance number: no D F I Q U V in front, O not second, some pairs unused.

    Source: HM Revenue & Customs, National Insurance Manual NIM39110.
    """
    compact = re.sub(r"\W", "", value).upper()
    if not re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", compact):
        return False
    return compact[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


IDENTIFIERS = (
    Identifier(
        "us.ssn", "Social security number, ITIN", "person", "SSN", "536-90-4399", "form and unused ranges",
        cues("s.s.n.", "social security", "social security number", "seguro social", "itin", "tin"),
        strong=r"\d{3}-\d{2}-\d{4}", weak=r"\d{3} ?\d{2} ?\d{4}", check=ssn_is_valid, digits=9, score=0.85, regions=(),
    ),
    Identifier(
        "us.driver_license", "Driver's licence", "person", "driver's license", "D1234567", "form, with the word",
        cues("driver's license", "drivers license", "driver license", "driver's licence", "license number", "licence number",
             "permiso de conducir", "licencia de conducir", "carnet de conducir", "carné de conducir"),
        weak=r"[A-Z]{0,3}\d{4,14}(?:-\d{2,6}){0,3}|[A-Z]\d{3}-?\d{4}-?\d{4,5}", digits=5, regions=(), source="AAMVA",
    ),
    Identifier(
        "gb.nhs", "NHS number", "person", "NHS", "943 476 5870", "control digit mod 11",
        cues("nhs", "nhs number"), weak=r"\d{3}[ -]?\d{3}[ -]?\d{4}", check=nhs.is_valid, digits=10, regions=(),
    ),
    Identifier(
        "gb.nino", "National Insurance number", "person", "National Insurance", "AB 12 34 56 C", "form and unused prefixes",
        cues("national insurance", "national insurance number", "nino"),
        strong=r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", check=nino_is_valid, digits=6,
        source="HMRC, NIM39110",
    ),
)  # fmt: skip
RECOGNISERS = tuple(map(recogniser_of, IDENTIFIERS))
