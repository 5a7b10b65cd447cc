# ruff: noqa: E501 - a row of a table is clearer in one piece
"""Identifiers of Mexico, Central America and the Caribbean."""

from __future__ import annotations

from stdnum.cr import cpf as cr_cpf
from stdnum.cr import cpj as cr_cpj
from stdnum.cr import cr as cr_residence
from stdnum.cu import ni as cu_ni
from stdnum.do import cedula as do_cedula
from stdnum.do import rnc
from stdnum.gt import nit as gt_nit
from stdnum.mx import curp
from stdnum.sv import nit as sv_nit
from stdnum.us import ein

from dialecto.corpus.pii.cues import PAPERS, cues
from dialecto.corpus.pii.identifiers import control
from dialecto.corpus.pii.identifiers.identifier import Identifier, recogniser_of
from dialecto.corpus.pii.identifiers.panama import panamanian_ruc

_CEDULA = cues("c.i.", "c.i.p.", "cédula", *PAPERS)

IDENTIFIERS = (
    Identifier(
        "mx.curp", "CURP", "person", "CURP", "BOXW310820HNERXN09", "control digit",
        cues("curp"), strong=r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", check=curp.is_valid, score=0.95,
    ),
    Identifier(
        "mx.rfc", "RFC", "both", "RFC", "GODE561231GR8", "form and date",
        cues("r.f.c.", "contribuyente"), strong=r"[A-ZÑ&]{4}[- ]?\d{6}[- ]?[0-9A-Z]{3}",
        weak=r"[A-ZÑ&]{3,4}[- ]?\d{6}(?:[- ]?[0-9A-Z]{3})?", check=control.mexican_rfc, digits=6,
    ),
    Identifier(
        "mx.nss", "NSS (IMSS)", "person", "NSS", "12345678903", "Luhn",
        cues("n.s.s.", "imss", "seguridad social", "número de seguro", "número de seguro social"),
        weak=r"\d{2}[- ]?\d{2}[- ]?\d{2}[- ]?\d{4}[- ]?\d", check=control.mexican_social_security, digits=11,
        source="Instituto Mexicano del Seguro Social",
    ),
    Identifier(
        "mx.elector", "Clave de elector", "person", "clave de elector", "GRLPMR80010115M100", "form, date and state, with the word",
        cues("elector", "ine", "ife", "credencial"), weak=r"[A-ZÑ]{6}\d{8}[HM]\d{3}", check=control.mexican_elector,
        digits=8, source="Instituto Nacional Electoral",
    ),
    Identifier(
        "mx.clabe", "CLABE", "account", "CLABE", "032180000118359719", "control digit mod 10",
        cues("clabe", "interbancaria", "cuenta", "transferencia", "account", "transfer"),
        weak=r"\d{18}|\d{3}[ -]\d{3}[ -]\d{11}[ -]\d|\d{3} \d{3} \d{4} \d{4} \d{3} \d", check=control.mexican_clabe,
        type="IBAN", digits=18, source="Banco de México, Circular 3/2012",
    ),
    Identifier(
        "cr.cedula", "Cédula de identidad", "person", "cédula", "3-0455-0175", "form",
        _CEDULA, strong=r"[1-9]-0\d{3}-\d{4}", weak=r"0?[1-9][- ]?\d{3,4}[- ]?\d{3,4}", check=cr_cpf.is_valid, digits=7,
    ),
    Identifier(
        "cr.juridica", "Cédula jurídica", "company", "cédula jurídica", "3-101-999999", "form",
        cues("cédula jurídica", "ced. jurídica", "jurídica"), weak=r"[2-5][- ]?\d{3}[- ]?\d{6}", check=cr_cpj.is_valid, digits=10,
    ),
    Identifier(
        "cr.dimex", "DIMEX (cédula de residencia)", "person", "DIMEX", "155812994816", "form",
        cues("dimex", "residencia", "cédula de residencia", *PAPERS), weak=r"1\d{10,11}", check=cr_residence.is_valid, digits=11,
    ),
    Identifier(
        "cu.ni", "Carné de identidad", "person", "carné de identidad", "91021027775", "birth date within it",
        cues("c.i.", "carné", "carnet", "carné de identidad", *PAPERS), weak=r"\d{11}", check=cu_ni.is_valid, digits=11,
    ),
    Identifier(
        "do.cedula", "Cédula de identidad y electoral", "person", "cédula", "224-0002211-1", "Luhn",
        _CEDULA, strong=r"\d{3}-\d{7}-\d", weak=r"\d{11}", check=do_cedula.is_valid, digits=11,
    ),
    Identifier(
        "do.rnc", "RNC", "company", "RNC", "1-31-24679-6", "control digit mod 11",
        cues("r.n.c."), weak=r"\d{9}|\d-\d{2}-\d{5}-\d", check=rnc.is_valid, digits=9,
    ),
    Identifier(
        "gt.cui", "CUI (DPI)", "person", "DPI", "2345 67899 0101", "control digit mod 11, department",
        cues("d.p.i.", "c.u.i.", "documento personal de identificación", "código único de identificación"), strong=r"\d{4} \d{5} \d{4}", weak=r"\d{13}|\d{4}-\d{5}-\d{4}", check=control.guatemalan_cui,
        digits=13, source="Registro Nacional de las Personas",
    ),
    Identifier(
        "gt.nit", "NIT", "both", "NIT", "576937-K", "control digit mod 11",
        cues("n.i.t."), weak=r"\d{3,11}-?[\dKk]", check=gt_nit.is_valid, digits=4,
    ),
    Identifier(
        "hn.dni", "DNI", "person", "DNI", "0801-1990-12345", "form, department and year",
        cues("d.n.i.", "tarjeta de identidad", *PAPERS), strong=r"\d{4}-\d{4}-\d{5}", weak=r"\d{13}|\d{4} \d{4} \d{5}",
        check=control.honduran_dni, digits=13, source="Registro Nacional de las Personas",
    ),
    Identifier(
        "hn.rtn", "RTN", "both", "RTN", "0801-1990-123456", "form, department and year; no public rule of its last digit is known",
        cues("r.t.n.", "registro tributario"), weak=r"\d{4}-?\d{4}-?\d{6}|\d{14}", check=control.honduran_rtn, digits=14,
        source="Servicio de Administración de Rentas",
    ),
    Identifier(
        "ni.cedula", "Cédula de identidad", "person", "cédula", "001-200485-0001B", "letter = number mod 23, birth date",
        _CEDULA, strong=r"\d{3}-?\d{6}-?\d{4}[A-HJ-NP-Ya-hj-np-y]", check=control.nicaraguan_cedula, digits=13,
        source="Consejo Supremo Electoral, Ley 152",
    ),
    Identifier(
        "ni.ruc", "RUC", "company", "RUC", "J0310000001234", "form, with the word",
        cues("r.u.c."), weak=r"J\d{13}", digits=13, fixed=1, source="Dirección General de Ingresos",
    ),
    Identifier(
        "pa.cedula", "Cédula de identidad personal", "person", "cédula", "8-123-1234", "form, with the word",
        _CEDULA, weak=r"(?:(?:1[0-3]|[1-9])(?:-?(?:PI|AV))?|PE|E|N)-\d{1,4}-\d{1,6}", check=control.panamanian_cedula,
        score=0.85, digits=3, source="Tribunal Electoral",
    ),
    Identifier(
        "pa.ruc", "RUC", "both", "RUC", "155596713-2-2015 DV 59", "two control digits mod 11 (DV), where they are written; else form, with the word",
        cues("r.u.c."), weak=r"(?:\d{1,10}|(?:1[0-3]|[1-9])-?(?:NT|AV|PI)|PE|E|N)-\d{1,4}-\d{1,7}(?:[ ,]*D\.? ?V\.?:? ?\d{1,2})?",
        check=panamanian_ruc, digits=5, source="Dirección General de Ingresos, Calculo_DV_RUC", as_written=True,
    ),
    Identifier(
        "sv.dui", "DUI", "person", "DUI", "00016297-5", "control digit mod 10",
        cues("d.u.i.", *PAPERS), strong=r"\d{8}-\d", weak=r"\d{9}", check=control.salvadoran_dui, digits=9,
        source="Registro Nacional de las Personas Naturales",
    ),
    Identifier(
        "sv.nit", "NIT", "both", "NIT", "0614-050707-104-8", "control digit mod 11",
        cues("n.i.t."), strong=r"\d{4}-\d{6}-\d{3}-\d", weak=r"\d{14}", check=sv_nit.is_valid, digits=14,
    ),
    Identifier(
        "pr.ein", "Número de identificación patronal (EIN)", "company", "EIN", "91-1144442", "prefix of a campus",
        cues("e.i.n.", "patronal", "seguro social patronal", "employer identification"), weak=r"\d{2}-\d{7}",
        check=ein.is_valid, digits=9, regions=("PR", "US"),
    ),
)  # fmt: skip
RECOGNISERS = tuple(map(recogniser_of, IDENTIFIERS))
