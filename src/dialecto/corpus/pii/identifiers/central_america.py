"""Identifiers of Central America and the Caribbean."""

from __future__ import annotations

from stdnum.cr import cpf as cr_cpf
from stdnum.cu import ni as cu_ni
from stdnum.do import cedula as do_cedula
from stdnum.do import rnc
from stdnum.gt import nit as gt_nit
from stdnum.sv import nit as sv_nit

from dialecto.corpus.pii.recogniser import PAPERS, digits_of, pattern, words


def guatemalan_cui_is_valid(value: str) -> bool:
    """CUI (DPI): 8 digits, one of control, department (01-22), municipality.

    Control = sum(digit x weight) mod 11, weights 2..9. Source: Registro Nacional de las
    Personas (Guatemala), "Código Único de Identificación".
    """
    digits = digits_of(value)
    if len(digits) != 13:
        return False
    total = sum(int(d) * w for d, w in zip(digits[:8], range(2, 10), strict=True))
    department, municipality = int(digits[9:11]), int(digits[11:])
    return total % 11 == int(digits[8]) and 1 <= department <= 22 and 1 <= municipality <= 33


def salvadoran_dui_is_valid(value: str) -> bool:
    """DUI: 8 digits and one of control = (10 - sum(digit x weight 9..2) mod 10) mod 10.

    Source: Registro Nacional de las Personas Naturales (El Salvador), "Documento Único de
    Identidad".
    """
    digits = digits_of(value)
    if len(digits) != 9:
        return False
    total = sum(int(d) * w for d, w in zip(digits[:8], range(9, 1, -1), strict=True))
    return (10 - total % 10) % 10 == int(digits[8])


def honduran_dni_is_valid(value: str) -> bool:
    """DNI: department (01-18), municipality, year of registration, 5 digits; no check digit.

    Source: Registro Nacional de las Personas (Honduras), "Documento Nacional de
    Identificación", composition of the number.
    """
    digits = digits_of(value)
    return (
        len(digits) == 13
        and 1 <= int(digits[:2]) <= 18
        and 1 <= int(digits[2:4]) <= 28
        and 1900 <= int(digits[4:8]) <= 2099
    )


def nicaraguan_cedula_is_valid(value: str) -> bool:
    """Cédula: municipality (3), birth date ddmmyy (6), sequence (4), check letter.

    Letter = the 13 digits mod 23 in ABCDEFGHJKLMNPQRSTUVWXY. Source: Consejo Supremo
    Electoral (Nicaragua), Ley 152 de Identificación Ciudadana.
    """
    digits, letter = digits_of(value), value[-1].upper()
    if len(digits) != 13:
        return False
    day, month = int(digits[3:5]), int(digits[5:7])
    return (
        "ABCDEFGHJKLMNPQRSTUVWXY"[int(digits) % 23] == letter
        and 1 <= day <= 31
        and 1 <= month <= 12
    )


CEDULA = words(
    "c\\.? ?i\\.?", "c\\.i\\.p\\.?", "cip", "c[ée]dulas?", "documento", "identidad", "id"
)

RECOGNISERS = (
    pattern(
        "cr.cedula",
        "ID",
        strong=r"[1-9]-\d{4}-\d{4}",
        weak=r"0?[1-9]-?\d{4}-?\d{4}",
        check=cr_cpf.is_valid,
        context=CEDULA,
        digits=9,
        regions=["CR"],
    ),
    pattern(
        "cu.ni",
        "ID",
        weak=r"\d{11}",
        check=cu_ni.is_valid,
        context=words("ci", "carn[ée]t?", "identidad", "identificaci[óo]n"),
        digits=11,
        regions=["CU"],
    ),
    pattern(
        "do.cedula",
        "ID",
        strong=r"\d{3}-\d{7}-\d",
        weak=r"\d{11}",
        check=do_cedula.is_valid,
        context=CEDULA,
        digits=11,
        regions=["DO"],
    ),
    pattern(
        "do.rnc",
        "ID",
        weak=r"\d{9}|\d-\d{2}-\d{5}-\d",
        check=rnc.is_valid,
        context=words("rnc"),
        digits=9,
        regions=["DO"],
    ),
    pattern(
        "gt.cui",
        "ID",
        strong=r"\d{4} \d{5} \d{4}",
        weak=r"\d{13}",
        check=guatemalan_cui_is_valid,
        context=words("dpi", "cui"),
        digits=13,
        regions=["GT"],
    ),
    pattern(
        "gt.nit",
        "ID",
        weak=r"\d{5,11}-?[\dKk]",
        check=gt_nit.is_valid,
        context=words("nit"),
        digits=6,
        regions=["GT"],
    ),
    pattern(
        "hn.dni",
        "ID",
        strong=r"\d{4}-\d{4}-\d{5}",
        weak=r"\d{13}|\d{4} \d{4} \d{5}",
        check=honduran_dni_is_valid,
        context=words("dni", "rtn", *PAPERS),
        digits=13,
        regions=["HN"],
    ),
    pattern(
        "ni.cedula",
        "ID",
        strong=r"\d{3}-?\d{6}-?\d{4}[A-HJ-NP-Ya-hj-np-y]",
        check=nicaraguan_cedula_is_valid,
        context=CEDULA,
        digits=13,
        regions=["NI"],
    ),
    pattern(
        # Province (1-13, or PE, E, N, with PI and AV for natives and before the records),
        # book and entry; no check digit. Source: Tribunal Electoral de Panamá.
        "pa.cedula",
        "ID",
        weak=r"(?:(?:1[0-3]|[1-9])(?:-?(?:PI|AV))?|PE|E|N)-\d{1,4}-\d{1,6}",
        context=CEDULA,
        digits=3,
        regions=["PA"],
        score=0.85,
    ),
    pattern(
        "pa.ruc",
        "ID",
        weak=r"\d{3,10}-\d{1,4}-\d{4,6}(?: ?D\.?V\.? ?\d{1,2})?",
        context=words("ruc"),
        regions=["PA"],
        score=0.85,
    ),
    pattern(
        "sv.dui",
        "ID",
        strong=r"\d{8}-\d",
        weak=r"\d{9}",
        check=salvadoran_dui_is_valid,
        context=words("dui", *PAPERS),
        digits=9,
        regions=["SV"],
    ),
    pattern(
        "sv.nit",
        "ID",
        strong=r"\d{4}-\d{6}-\d{3}-\d",
        check=sv_nit.is_valid,
        context=words("nit"),
        digits=14,
        regions=["SV"],
    ),
)
