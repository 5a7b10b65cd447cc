"""Identifiers of Bolivia, Colombia, Ecuador, Peru and Venezuela."""

from __future__ import annotations

from stdnum.co import nit
from stdnum.ec import ci as ec_ci
from stdnum.ec import ruc as ec_ruc
from stdnum.pe import ruc as pe_ruc
from stdnum.ve import rif

from dialecto.corpus.pii.recogniser import PAPERS, pattern, words

CEDULA = words(
    "c\\.? ?c\\.?",
    "c\\.? ?i\\.?",
    "c[ée]dulas?",
    "ciudadan[íi]a",
    "carn[ée]t?",
    *PAPERS,
    "t\\.i\\.?",
    "tarjeta de identidad",
)
DNI = words("dni", "d\\.n\\.i\\.?", *PAPERS)

RECOGNISERS = (
    pattern(
        # Carné de identidad: a number and the department that issued it; no check digit
        # (Servicio General de Identificación Personal, SEGIP).
        "bo.ci",
        "ID",
        weak=r"\d{5,8}(?:-\d[A-Z])?(?: ?-?(?:LP|CB|SC|OR|PT|CH|TJ|BE|BN|PD|PA))?",
        context=CEDULA,
        digits=5,
        regions=["BO"],
        score=0.85,
    ),
    pattern(
        "bo.nit",
        "ID",
        weak=r"\d{7,12}",
        context=words("nit"),
        regions=["BO"],
        score=0.85,
    ),
    pattern(
        "co.cedula",
        "ID",
        weak=r"\d{1,3}\.\d{3}\.\d{3}(?:\.\d{3})?|\d{6,10}|\d{1,3},\d{3},\d{3}(?:,\d{3})?",
        context=CEDULA,
        digits=6,
        regions=["CO"],
        score=0.85,
    ),
    pattern(
        "co.nit",
        "ID",
        strong=r"\d{3}\.\d{3}\.\d{3}-\d",
        weak=r"\d{9,10}-?\d",
        check=nit.is_valid,
        context=words("nit", "n\\.i\\.t\\.?", "rut"),
        digits=9,
        regions=["CO"],
    ),
    pattern(
        "ec.ci",
        "ID",
        weak=r"\d{9}-?\d",
        check=ec_ci.is_valid,
        context=CEDULA,
        digits=10,
        regions=["EC"],
    ),
    pattern(
        "ec.ruc",
        "ID",
        weak=r"\d{10}-?\d{3}",
        check=ec_ruc.is_valid,
        context=words("ruc", "r\\.u\\.c\\.?"),
        digits=13,
        regions=["EC"],
    ),
    pattern(
        "pe.dni",
        "ID",
        weak=r"\d{8}(?:-[0-9A-K])?",
        context=DNI,
        digits=8,
        regions=["PE"],
        score=0.85,
    ),
    pattern(
        "pe.ruc",
        "ID",
        weak=r"(?:10|15|16|17|20)\d{9}",
        check=pe_ruc.is_valid,
        context=words("ruc", "r\\.u\\.c\\.?"),
        digits=11,
        regions=["PE"],
    ),
    pattern(
        "ve.rif",
        "ID",
        strong=r"[VEJPGvejpg]-?\d{8}-?\d",
        check=rif.is_valid,
        context=words("rif", "r\\.i\\.f\\.?"),
        digits=9,
        regions=["VE"],
    ),
    pattern(
        "ve.cedula",
        "ID",
        strong=r"[VE]-\d{1,2}\.\d{3}\.\d{3}|[VE]-\d{7,8}",
        weak=r"[VE]?[- ]?\d{1,2}\.\d{3}\.\d{3}|[VE]?\d{7,8}",
        context=CEDULA,
        regions=["VE"],
        score=0.85,
    ),
)
