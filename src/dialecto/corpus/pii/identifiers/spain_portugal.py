# ruff: noqa: E501 - a row of a table is clearer in one piece
"""Identifiers of Spain and Portugal."""

from __future__ import annotations

import re

from stdnum.es import ccc, cups, dni, nie
from stdnum.pt import cc as pt_cc
from stdnum.pt import nif as pt_nif

from dialecto.corpus.pii.cues import PAPERS, cues
from dialecto.corpus.pii.identifiers import control
from dialecto.corpus.pii.identifiers.identifier import Identifier, recogniser_of
from dialecto.corpus.pii.recogniser import pattern

_LETTERS = "A-HJ-NP-TV-Z"
_DNI = cues("d.n.i.", "n.i.f.", "id", *PAPERS)

IDENTIFIERS = (
    Identifier(
        "es.dni", "DNI / NIF", "person", "DNI", "12345678-Z", "letter = number mod 23", _DNI,
        strong=rf"\d{{8}}[-. ]?[{_LETTERS}]|\d{{1,2}}\.\d{{3}}\.\d{{3}}[-. ]?[{_LETTERS}]|\d{{8}}-?[{_LETTERS.lower()}]",
        check=dni.is_valid,
    ),
    Identifier(
        "es.nie", "NIE", "person", "NIE", "X-1234567-L", "letter = number mod 23",
        cues("n.i.e.", "extranjero", "permiso de residencia"),
        strong=rf"[XYZxyz][-. ]?\d{{7}}[-. ]?[{_LETTERS}{_LETTERS.lower()}]|[XYZ][-. ]?\d\.\d{{3}}\.\d{{3}}[-. ]?[{_LETTERS}]",
        check=nie.is_valid,
    ),
    Identifier(
        "es.nif_klm", "NIF K, L, M", "person", "NIF", "M1234567L", "letter = number mod 23", _DNI,
        strong=rf"[KLM][-. ]?\d{{7}}[-. ]?[{_LETTERS}]", check=control.spanish_special_nif, fixed=1,
        source="Real Decreto 1065/2007, art. 20; python-stdnum",
    ),
    Identifier(
        "es.cif", "NIF de entidades (CIF)", "company", "CIF", "A58818501", "control digit or letter",
        cues("n.i.f.", "c.i.f.", "vat", "iva"),
        strong=r"[ABCDEFGHJNPQRSUVW][-. ]?\d{2}[-. ]?\d{5,6}-?\d|[ABCDEFGHJNPQRSUVW]-?\d{7}-?[0-9A-J]",
        check=control.spanish_company,
    ),
    Identifier(
        "es.nuss", "Número de la Seguridad Social", "person", "Seguridad Social", "28/12345678/40", "number mod 97",
        cues("nass", "nuss", "nº ss", "ss", "seguridad social", "afiliación", "social security"),
        strong=r"\d{2}[ /-]\d{8}[ /-]\d{2}", weak=r"\d{12}|\d{2}[ /-]?\d{7,8}[ /-]?\d{2}",
        check=control.spanish_social_security, digits=12, source="Tesorería General de la Seguridad Social",
    ),
    Identifier(
        "es.ccc", "Código cuenta cliente", "account", "cuenta", "2077 0024 00 3102575766", "two control digits mod 11",
        cues("cuenta", "ccc", "c/c", "domiciliación", "account"),
        strong=r"\d{4}[ -]\d{4}[ -]\d{2}[ -]\d{10}", weak=r"\d{20}|\d{4}[ -]?\d{4}[ -]?\d{2}[ -]?\d{10}",
        check=ccc.is_valid, type="IBAN", digits=20,
    ),
    Identifier(
        "es.catastral", "Referencia catastral", "property", "referencia catastral", "9872023 VH5797S 0001 WX", "two control letters",
        cues("catastral"), strong=r"[0-9A-Z]{7} ?[0-9A-Z]{7} ?[0-9A-Z]{4} ?[A-Z]{2}", check=control.spanish_catastral,
    ),
    Identifier(
        "es.cups", "CUPS (punto de suministro)", "property", "CUPS", "ES 1234 1234 5678 9012 JY", "two control letters mod 529",
        cues("cups", "suministro"), strong=r"ES[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?[A-Z]{2}(?:[ -]?\d[A-Z])?",
        check=cups.is_valid, digits=16, fixed=2, type="RECORD",
    ),
    Identifier(
        "passport", "Pasaporte", "person", "pasaporte", "XDA123456", "form, with the word",
        cues("pasaporte", "passport", "passaporte"), weak=r"[A-Z]{1,3} ?-?\d{6,8}[A-Z]?|\d{9}",
        digits=6, regions=(), source="ICAO Doc 9303: up to nine characters",
    ),
    Identifier(
        "pt.nif", "NIF / NIPC", "both", "NIF", "501 964 843", "control digit mod 11",
        cues("n.i.f.", "nipc", "contribuinte", "nº fiscal", "número fiscal"),
        weak=r"\d{3}[ .]?\d{3}[ .]?\d{3}", check=pt_nif.is_valid, digits=9,
    ),
    Identifier(
        "pt.cc", "Cartão de Cidadão", "person", "cartão de cidadão", "00000000 0 ZZ4", "control digit",
        cues("c.c.", "cartão de cidadão", "b.i.", "bilhete de identidade"),
        strong=r"\d{8}[- ]?\d[- ]?[A-Z0-9]{2}\d", check=pt_cc.is_valid, digits=9,
    ),
    Identifier(
        "pt.niss", "NISS", "person", "NISS", "12345678902", "control digit with prime weights",
        cues("niss", "segurança social"), weak=r"[12]\d{10}|[12]\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}",
        check=control.portuguese_niss, digits=11, source="Segurança Social (Portugal)",
    ),
    Identifier(
        "pt.nib", "NIB", "account", "NIB", "0002 0123 12345678901 54", "mod 97-10",
        cues("nib", "conta"), weak=r"\d{21}|\d{4}[ .]\d{4}[ .]\d{11}[ .]\d{2}",
        check=control.portuguese_nib, type="IBAN", digits=21, source="Banco de Portugal",
    ),
    Identifier(
        "pt.utente", "Número de utente do SNS", "person", "número de utente", "123456789", "form, with the word",
        cues("utente", "número de utente", "sns"), weak=r"\d{3} ?\d{3} ?\d{3}", digits=9, source="Serviço Nacional de Saúde",
    ),
)  # fmt: skip

# No cues: the label is often glued to the name before it (`MartínezNºCol`).
_LICENSED = re.compile(
    r"(?:(?<!\w)(?:n[ºo°]?\.?\s?col(?:egiad[oa]|\.)?|n[úu]m(?:ero|\.)? de colegiad[oa]|ncol|"
    r"colegiad[oa](?: n[ºo°]\.?| n[úu]m\.?)?)|n[º°]\s?col(?:egiad[oa])?)(?!\w)"
)
# A control digit that does not check out beside the very word DNI is a typing error, and the
# number still points at somebody.
MISTYPED = (
    pattern(
        "es.dni_mistyped",
        "ID",
        weak=r"\d{8}[-. ]?[A-Za-z]|\d{1,2}\.\d{3}\.\d{3}[-. ]?[A-Za-z]|\d{8}|\d{2}\.\d{3}\.\d{3}",
        context=_DNI,
        score=0.8,
        regions=["ES"],
    ),
    pattern(
        "es.nuss_mistyped",
        "ID",
        weak=r"\d{2}[ /-]?\d{5,9}(?:[ /-]?\d{2})?|\d{7,12}(?: \d{2})?",
        context=cues("nass", "nuss", "seguridad social", "afiliación", "nº ss"),
        score=0.82,
        digits=7,
        regions=["ES"],
    ),
    pattern(
        # Registration of a doctor or lawyer with the professional association.
        "es.colegiado",
        "ID",
        weak=r"\d{2}[ /-]?\d{2}(?:[ /-]?\d{3,5})?|\d{4,9}",
        context=_LICENSED,
        hint="col",
        digits=4,
        regions=["ES"],
        score=0.92,
    ),
)
RECOGNISERS = (*map(recogniser_of, IDENTIFIERS), *MISTYPED)
