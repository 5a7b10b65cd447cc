# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Identifiers of Spain and Portugal."""

from __future__ import annotations

from stdnum.es import cif, dni, nie, referenciacatastral
from stdnum.pt import cc as pt_cc
from stdnum.pt import nif as pt_nif

from dialecto.corpus.pii.recogniser import PAPERS, digits_of, pattern, words


def social_security_is_valid(value: str) -> bool:
    """Spanish social security number: 2 digits of province, 8 of sequence, 2 of control.

    Control = (province followed by sequence) mod 97, where a sequence under 10,000,000 counts
    without its leading zero. Source: Tesorería General de la Seguridad Social, "Número de
    Seguridad Social / Número de afiliación", algorithm of the control digits.
    """
    digits = digits_of(value)
    if len(digits) != 12:
        return False
    province, sequence, control = digits[:2], int(digits[2:10]), int(digits[10:])
    if sequence < 10_000_000:
        number = int(province) * 10_000_000 + sequence
    else:
        number = int(province + digits[2:10])
    return number % 97 == control and 1 <= int(province) <= 66


def catastral_is_valid(value: str) -> bool:
    return any(c.isalpha() for c in value) and bool(referenciacatastral.is_valid(value))


TAX = words("nif", "n\\.i\\.f", "cif", "c\\.i\\.f", "vat", "iva")
DNI = words("dni", "d\\.n\\.i\\.?", "nif", "n\\.i\\.f\\.?", *PAPERS)
SOCIAL = words(
    "nass",
    "nuss",
    "n[ºo°]?\\.? ?ss",
    "ss",
    "seguridad social",
    "afiliaci[oó]n",
    "social security(?: number)?",
)
LICENSED = words(
    "n[ºo°]?\\.?\\s?col(?:egiado|egiada|\\.)?",
    "num(?:ero|\\.)? de colegiad[oa]",
    "n[úu]mero de colegiad[oa]",
    "colegiad[oa](?: n[ºo°]\\.?| n[úu]m\\.?)?",
    "n[ºo°]\\s?colegiad[oa]",
    "ncol",
)
PASSPORT = words("pasaporte", "passport", "passaporte")

RECOGNISERS = (
    pattern(
        "es.dni",
        "ID",
        strong=r"\d{8}[-. ]?[A-HJ-NP-TV-Z]|\d{1,2}\.\d{3}\.\d{3}[-. ]?[A-HJ-NP-TV-Z]"
        r"|\d{8}-?[a-hj-np-tv-z]",
        check=dni.is_valid,
        context=DNI,
        regions=["ES"],
    ),
    pattern(
        # A letter that does not check out beside the very word DNI is a typing error, and it
        # still points at somebody.
        "es.dni_mistyped",
        "ID",
        weak=r"\d{8}[-. ]?[A-Za-z]|\d{1,2}\.\d{3}\.\d{3}[-. ]?[A-Za-z]|\d{8}|\d{2}\.\d{3}\.\d{3}",
        context=DNI,
        score=0.8,
        regions=["ES"],
    ),
    pattern(
        "es.nie",
        "ID",
        strong=r"[XYZxyz][-. ]?\d{7}[-. ]?[A-HJ-NP-TV-Za-hj-np-tv-z]"
        r"|[XYZ][-. ]?\d\.\d{3}\.\d{3}[-. ]?[A-HJ-NP-TV-Z]",
        check=nie.is_valid,
        context=words("nie", "n\\.i\\.e\\.?", "extranjero"),
        regions=["ES"],
    ),
    pattern(
        "es.cif",
        "ID",
        strong=r"[ABCDEFGHJNPQRSUVW][-. ]?\d{2}[-. ]?\d{5,6}-?\d|[ABCDEFGHJNPQRSUVW]-?\d{7}-?[0-9A-J]",
        check=cif.is_valid,
        context=TAX,
        regions=["ES"],
    ),
    pattern(
        "es.nuss",
        "ID",
        strong=r"\d{2}[ /-]\d{8}[ /-]\d{2}",
        weak=r"\d{12}|\d{2}[ /-]?\d{7,8}[ /-]?\d{2}",
        check=social_security_is_valid,
        context=SOCIAL,
        digits=12,
        regions=["ES"],
    ),
    pattern(
        "es.nuss_mistyped",
        "ID",
        weak=r"\d{2}[ /-]?\d{7,8}[ /-]?\d{2}|\d{8,12}(?: \d{2})?",
        context=words("nass", "nuss", "seguridad social", "afiliaci[oó]n", "n[ºo°]\\.? ?ss"),
        score=0.82,
        digits=8,
        regions=["ES"],
    ),
    pattern(
        "es.catastral",
        "ID",
        strong=r"[0-9A-Z]{7} ?[0-9A-Z]{7} ?[0-9A-Z]{4} ?[A-Z]{2}",
        check=catastral_is_valid,
        context=words("catastral"),
        regions=["ES"],
    ),
    pattern(
        # Registration of a doctor or lawyer with the professional association.
        "es.colegiado",
        "ID",
        weak=r"\d{2}[ /-]?\d{2}[ /-]?\d{4,5}|\d{4,9}",
        context=LICENSED,
        digits=4,
        regions=["ES"],
        score=0.92,
    ),
    pattern(
        "passport",
        "ID",
        weak=r"[A-Z]{1,3} ?-?\d{6,8}[A-Z]?|\d{9}",
        context=PASSPORT,
        digits=6,
    ),
    pattern(
        "pt.nif",
        "ID",
        weak=r"\d{3} ?\d{3} ?\d{3}",
        check=pt_nif.is_valid,
        context=words("nif", "contribuinte", "n[ºo]\\.? fiscal"),
        digits=9,
        regions=["PT"],
    ),
    pattern(
        "pt.cc",
        "ID",
        strong=r"\d{8}[- ]?\d[- ]?[A-Z0-9]{2}\d",
        check=pt_cc.is_valid,
        context=words("cc", "cart[ãa]o de cidad[ãa]o", "bi"),
        digits=9,
        regions=["PT"],
    ),
)
