"""Identifiers of the United States and the United Kingdom, looked for everywhere by context."""

from __future__ import annotations

import re

from stdnum.gb import nhs
from stdnum.us import itin, ssn

from dialecto.corpus.pii.recogniser import digits_of, pattern, words


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


RECOGNISERS = (
    pattern(
        "us.ssn",
        "ID",
        strong=r"\d{3}-\d{2}-\d{4}",
        weak=r"\d{3} ?\d{2} ?\d{4}",
        check=ssn_is_valid,
        context=words("ssn", "social security(?: number| no\\.?)?", "itin", "tin"),
        digits=9,
        score=0.85,
    ),
    pattern(
        "us.driver_license",
        "ID",
        weak=r"[A-Z]{0,3}\d{4,9}(?:-\d{2,6}){0,3}|[A-Z]\d{3}-?\d{4}-?\d{4,5}",
        context=words(
            "driver'?s?'? licen[sc]e(?: number| no\\.?)?",
            "licen[sc]e number",
            "permiso de conducir",
            "licencia de conducir",
            "carn[ée]t? de conducir",
        ),
        digits=5,
        score=0.85,
    ),
    pattern(
        "gb.nhs",
        "ID",
        weak=r"\d{3}[ -]?\d{3}[ -]?\d{4}",
        check=nhs.is_valid,
        context=words("nhs(?: number| no\\.?)?"),
        digits=10,
    ),
    pattern(
        "gb.nino",
        "ID",
        strong=r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        check=nino_is_valid,
        context=words("national insurance(?: number| no\\.?)?", "nino?"),
        digits=6,
        regions=["GB"],
    ),
)
