"""Identifiers of Argentina, Brazil, Chile, Paraguay and Uruguay."""

from __future__ import annotations

from stdnum.ar import cbu, cuit
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.py import ruc as py_ruc
from stdnum.uy import rut as uy_rut

from dialecto.corpus.pii.recogniser import PAPERS, digits_of, pattern, words


def uruguayan_cedula_is_valid(value: str) -> bool:
    """Cédula de identidad: 6 or 7 digits and one of control.

    Control = (10 - sum(digit x weight) mod 10) mod 10, weights 2, 9, 8, 7, 6, 3, 4 over the
    number filled with zeros to 7 digits. Source: Dirección Nacional de Identificación Civil
    (Uruguay), rule of the "dígito verificador".
    """
    digits = digits_of(value)
    if not 7 <= len(digits) <= 8:
        return False
    body = digits[:-1].zfill(7)
    total = sum(int(d) * w for d, w in zip(body, (2, 9, 8, 7, 6, 3, 4), strict=True))
    return (10 - total % 10) % 10 == int(digits[-1])


def rg_is_plausible(value: str) -> bool:
    return 7 <= len(digits_of(value)) <= 9


def not_one_digit(value: str) -> bool:
    """Whether the number is more than one digit repeated (a field filled in to get past it)."""
    return len(set(digits_of(value))) > 1


def cpf_is_valid(value: str) -> bool:
    return not_one_digit(value) and bool(cpf.is_valid(value))


def rut_is_valid(value: str) -> bool:
    return not_one_digit(value) and bool(rut.is_valid(value))


DNI = words("dni", "d\\.n\\.i\\.?", "doc", "d\\.?u", "l\\.?[ec]", *PAPERS)
CI = words("c\\.?i\\.?", "c[ée]dulas?", *PAPERS)

RECOGNISERS = (
    pattern(
        "ar.dni",
        "ID",
        weak=r"\d{1,2}\.\d{3}\.\d{3}|\d{7,8}|[MF]\d{7,8}",
        context=DNI,
        regions=["AR"],
        score=0.85,
    ),
    pattern(
        "ar.cuit",
        "ID",
        strong=r"(?:20|23|24|25|26|27|30|33|34)-\d{8}-\d",
        weak=r"(?:20|23|24|25|26|27|30|33|34)[ -]?\d{8}[ -]?\d",
        check=cuit.is_valid,
        context=words("cuit", "cuil", "c\\.u\\.i\\.[tl]\\.?"),
        digits=11,
        regions=["AR"],
        fixed=2,
    ),
    pattern(
        "ar.cbu",
        "IBAN",
        strong=r"\d{22}|\d{8}[ -]\d{14}",
        check=cbu.is_valid,
        context=words("cbu", "cvu", "cuenta"),
        digits=22,
        regions=["AR"],
    ),
    pattern(
        "br.cpf",
        "ID",
        strong=r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        weak=r"\d{9}-?\d{2}",
        check=cpf_is_valid,
        context=words("cpf", "c\\.p\\.f\\.?", *PAPERS),
        digits=11,
        regions=["BR"],
    ),
    pattern(
        "br.cnpj",
        "ID",
        strong=r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}",
        weak=r"\d{14}",
        check=cnpj.is_valid,
        context=words("cnpj"),
        digits=14,
        regions=["BR"],
    ),
    pattern(
        "br.rg",
        "ID",
        weak=r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dXx]",
        check=rg_is_plausible,
        context=words("rg", "registro geral", "identidade"),
        regions=["BR"],
        score=0.85,
    ),
    pattern(
        "cl.rut",
        "ID",
        strong=r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]|\d{7,8}-[\dKk]",
        weak=r"\d{7,8}[\dKk]|\d{1,2}\.\d{3}\.\d{3} ?[\dKk]",
        check=rut_is_valid,
        context=words("rut", "r\\.u\\.t\\.?", "run", "rol", "c[ée]dula"),
        regions=["CL"],
    ),
    pattern(
        "py.ruc",
        "ID",
        weak=r"\d{6,8}-\d",
        check=py_ruc.is_valid,
        context=words("ruc", "r\\.u\\.c\\.?"),
        regions=["PY"],
    ),
    pattern(
        "py.ci",
        "ID",
        weak=r"\d{1,2}\.\d{3}\.\d{3}|\d{6,8}|\d{3}\.\d{3}",
        context=CI,
        digits=6,
        regions=["PY"],
        score=0.85,
    ),
    pattern(
        "uy.cedula",
        "ID",
        strong=r"\d\.\d{3}\.\d{3}-\d",
        weak=r"\d{6,7}[- ]?\d|\d\.\d{3}\.\d{3}[ /]?\d|\d{3}\.\d{3}-\d",
        check=uruguayan_cedula_is_valid,
        context=CI,
        regions=["UY"],
    ),
    pattern(
        "uy.rut",
        "ID",
        weak=r"\d{12}|\d{2}[ .]?\d{6}[ .]?\d{4}|\d{2}-\d{6}-\d{3}-\d",
        check=uy_rut.is_valid,
        context=words("rut", "r\\.u\\.t\\.?"),
        digits=12,
        regions=["UY"],
    ),
)
