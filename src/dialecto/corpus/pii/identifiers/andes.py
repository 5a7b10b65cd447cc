# ruff: noqa: E501 - a row of a table is clearer in one piece
"""Identifiers of Bolivia, Colombia, Ecuador, Peru and Venezuela."""

from __future__ import annotations

from stdnum.co import nit
from stdnum.ec import ci as ec_ci
from stdnum.ec import ruc as ec_ruc
from stdnum.pe import cui as pe_cui
from stdnum.pe import ruc as pe_ruc
from stdnum.ve import rif

from dialecto.corpus.pii.cues import PAPERS, cues
from dialecto.corpus.pii.identifiers.identifier import Identifier, recogniser_of
from dialecto.corpus.pii.recogniser import digits_of

_CEDULA = cues("c.c.", "c.i.", "cédula", "cédula de ciudadanía", "ciudadanía", "carnet", "carné", *PAPERS)  # fmt: skip


def _peruvian_dni(value: str) -> bool:
    """With its ninth character, that one must be right; without it any eight digits will do."""
    return len(digits_of(value)) == 8 == len(value) or bool(pe_cui.is_valid(value))


IDENTIFIERS = (
    Identifier(
        "bo.ci", "Cédula de identidad", "person", "C.I.", "4567890 LP", "form, with the word",
        cues("c.i.", "carnet", "carné", "carnet de identidad", "cédula", *PAPERS), digits=5,
        weak=r"\d{5,8}(?:-\d[A-Z])?(?: ?-?(?:LP|CB|CBBA|SC|SCZ|OR|PT|CH|TJ|BE|BN|PD|PA))|\d{7,8}(?:-\d[A-Z])?",
        source="Servicio General de Identificación Personal (SEGIP)",
    ),
    Identifier(
        "bo.nit", "NIT", "both", "NIT", "1023456027", "form, with the word; no public rule of a control digit is known",
        cues("n.i.t."), weak=r"\d{7,12}", source="Servicio de Impuestos Nacionales, Ley 2492",
    ),
    Identifier(
        "co.cedula", "Cédula de ciudadanía o de extranjería", "person", "C.C.", "1.032.456.789", "form, with the word",
        cues("c.c.", "c.e.", "cédula", "cédula de ciudadanía", "cédula de extranjería", "ciudadanía", *PAPERS),
        weak=r"\d{1,3}\.\d{3}\.\d{3}(?:\.\d{3})?|\d{6,10}|\d{1,3},\d{3},\d{3}(?:,\d{3})?", digits=6,
        source="Registraduría Nacional del Estado Civil",
    ),
    Identifier(
        "co.ti", "Tarjeta de identidad", "person", "T.I.", "1.098.765.432", "form, with the word",
        cues("t.i.", "tarjeta de identidad", "nuip", "registro civil"),
        weak=r"\d{1,3}\.\d{3}\.\d{3}(?:\.\d{3})?|\d{10,11}|\d{6}-\d{5}", digits=10, source="Registraduría Nacional del Estado Civil",
    ),
    Identifier(
        "co.nit", "NIT", "both", "NIT", "213.123.432-1", "control digit mod 11",
        cues("n.i.t.", "rut"), strong=r"\d{3}\.\d{3}\.\d{3}-\d", weak=r"\d{9,10}-?\d|\d{9}", check=lambda v: len(v) == 9 or bool(nit.is_valid(v)),
        digits=9,
    ),
    Identifier(
        "ec.ci", "Cédula de identidad", "person", "cédula", "171430710-3", "control digit mod 10",
        _CEDULA, weak=r"\d{9}-?\d", check=ec_ci.is_valid, digits=10,
    ),
    Identifier(
        "ec.ruc", "RUC", "both", "RUC", "1792060346-001", "control digit mod 10 or 11",
        cues("r.u.c."), weak=r"\d{10}-?\d{3}", check=ec_ruc.is_valid, digits=13,
    ),
    Identifier(
        "pe.dni", "DNI / CUI", "person", "DNI", "10117410-2", "form, with the word; control character if it is there",
        cues("d.n.i.", "c.u.i.", *PAPERS), weak=r"\d{8}(?:-[0-9A-K])?", check=_peruvian_dni, digits=8, score=0.86,
    ),
    Identifier(
        "pe.ce", "Carné de extranjería", "person", "carné de extranjería", "001234567", "form, with the word",
        cues("carné de extranjería", "carnet de extranjería", "c.e.", "extranjería"), weak=r"\d{9}", digits=9,
        source="Superintendencia Nacional de Migraciones",
    ),
    Identifier(
        "pe.ruc", "RUC", "both", "RUC", "20512333797", "control digit mod 11",
        cues("r.u.c."), weak=r"(?:10|15|16|17|20)\d{9}", check=pe_ruc.is_valid, digits=11,
    ),
    Identifier(
        "ve.rif", "RIF", "both", "RIF", "V-11470283-4", "control digit mod 11",
        cues("r.i.f."), strong=r"[VEJPGvejpg]-?\d{8}-?\d", check=rif.is_valid, digits=9, fixed=1,
    ),
    Identifier(
        "ve.cedula", "Cédula de identidad", "person", "cédula", "V-12.345.678", "letter and form",
        _CEDULA, strong=r"[VE]-\d{1,2}\.\d{3}\.\d{3}|[VE]-\d{7,8}", weak=r"(?:[VE][- ]?)?\d{1,2}\.\d{3}\.\d{3}|[VE]?\d{7,8}",
        score=0.85, source="Servicio Administrativo de Identificación, Migración y Extranjería (SAIME)",
    ),
)  # fmt: skip
RECOGNISERS = tuple(map(recogniser_of, IDENTIFIERS))
