"""Identifiers of Mexico, and the bank's CLABE, which is one as well."""

from __future__ import annotations

from stdnum import luhn
from stdnum.mx import curp, rfc

from dialecto.corpus.pii.recogniser import digits_of, pattern, words


def clabe_is_valid(value: str) -> bool:
    """CLABE: 3 digits of bank, 3 of place, 11 of account, 1 of control.

    Control = (10 - sum((digit x weight) mod 10) mod 10) mod 10 with weights 3, 7, 1 repeated.
    Source: Banco de México, Circular 3/2012, "Clave Bancaria Estandarizada".
    """
    digits = digits_of(value)
    if len(digits) != 18:
        return False
    total = sum(int(d) * w % 10 for d, w in zip(digits[:17], (3, 7, 1) * 6, strict=False))
    return (10 - total % 10) % 10 == int(digits[17]) and digits[:3] != "000"


def imss_is_valid(value: str) -> bool:
    """IMSS social security number: 11 digits, the last one by the Luhn rule.

    Source: Instituto Mexicano del Seguro Social, "Número de Seguridad Social (NSS)".
    """
    digits = digits_of(value)
    return len(digits) == 11 and bool(luhn.is_valid(digits))


def rfc_is_valid(value: str) -> bool:
    """Form and date always; the check digit too when the three last characters are there."""
    return bool(rfc.is_valid(value, validate_check_digits=False))


RECOGNISERS = (
    pattern(
        "mx.curp",
        "ID",
        strong=r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d",
        check=curp.is_valid,
        digits=7,
        regions=["MX"],
        score=0.95,
    ),
    pattern(
        "mx.rfc",
        "ID",
        strong=r"[A-ZÑ&]{4}[- ]?\d{6}[- ]?[0-9A-Z]{3}",
        weak=r"[A-ZÑ&]{3,4}[- ]?\d{6}(?:[- ]?[0-9A-Z]{3})?",
        check=rfc_is_valid,
        context=words("rfc", "r\\.f\\.c\\.?", "contribuyentes?"),
        digits=6,
        regions=["MX"],
    ),
    pattern(
        "mx.nss",
        "ID",
        weak=r"\d{2}[- ]?\d{2}[- ]?\d{2}[- ]?\d{4}[- ]?\d",
        check=imss_is_valid,
        context=words("nss", "imss", "seguridad social", "n[úu]mero de seguro(?: social)?"),
        digits=11,
        regions=["MX"],
    ),
    pattern(
        "mx.elector",
        "ID",
        weak=r"[A-Z]{6}\d{8}[HM]\d{3}",
        context=words("elector", "ine", "ife"),
        digits=8,
        regions=["MX"],
    ),
    pattern(
        "mx.clabe",
        "IBAN",
        weak=r"\d{18}|\d{3}[ -]\d{3}[ -]\d{11}[ -]\d|\d{3} \d{3} \d{4} \d{4} \d{3} \d",
        check=clabe_is_valid,
        context=words("clabe", "interbancaria", "cuenta", "transferencia", "account", "transfer"),
        digits=18,
        regions=["MX"],
    ),
)
