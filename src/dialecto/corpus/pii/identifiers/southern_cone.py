# ruff: noqa: E501 - a row of a table is clearer in one piece
"""Identifiers of Argentina, Brazil, Chile, Paraguay and Uruguay."""

from __future__ import annotations

from stdnum.ar import cbu, cuit
from stdnum.br import cnpj
from stdnum.py import ruc as py_ruc
from stdnum.uy import rut as uy_rut

from dialecto.corpus.pii.cues import PAPERS, cues
from dialecto.corpus.pii.identifiers import control
from dialecto.corpus.pii.identifiers.identifier import Identifier, recogniser_of

_CI = cues("c.i.", "cédula", *PAPERS)
_CUIT = "20|23|24|25|26|27|30|33|34"

IDENTIFIERS = (
    Identifier(
        "ar.dni", "DNI, LE, LC", "person", "DNI", "30.123.456", "form, with the word",
        cues("d.n.i.", "doc", "d.u.", "l.e.", "l.c.", "libreta de enrolamiento", "libreta cívica", *PAPERS),
        weak=r"\d{1,2}\.\d{3}\.\d{3}|\d{7,8}|[MF]\d{7,8}", source="Registro Nacional de las Personas",
    ),
    Identifier(
        "ar.cuit", "CUIT / CUIL / CDI", "both", "CUIT", "20-05536168-2", "control digit mod 11",
        cues("c.u.i.t.", "c.u.i.l.", "cdi"), strong=rf"(?:{_CUIT})-\d{{8}}-\d",
        weak=rf"(?:{_CUIT})[ -]?\d{{8}}[ -]?\d", check=cuit.is_valid, digits=11, fixed=2,
    ),
    Identifier(
        "ar.cbu", "CBU / CVU", "account", "CBU", "2850590940090418135201", "two control digits",
        cues("c.b.u.", "c.v.u.", "cuenta"), strong=r"\d{22}|\d{8}[ -]\d{14}", check=cbu.is_valid, type="IBAN", digits=22,
    ),
    Identifier(
        "br.cpf", "CPF", "person", "CPF", "390.533.447-05", "two control digits mod 11",
        cues("c.p.f.", *PAPERS), strong=r"\d{3}\.\d{3}\.\d{3}-\d{2}", weak=r"\d{9}-?\d{2}",
        check=control.brazilian_cpf, digits=11,
    ),
    Identifier(
        "br.cnpj", "CNPJ", "company", "CNPJ", "16.727.230/0001-97", "two control digits mod 11; letters from July 2026",
        cues("cnpj", "c.n.p.j.", "c.g.c."), strong=r"[\dA-Z]{2}\.[\dA-Z]{3}\.[\dA-Z]{3}/[\dA-Z]{4}-\d{2}",
        weak=r"\d{14}|[\dA-Z]{12}\d{2}", check=cnpj.is_valid, digits=6,
    ),
    Identifier(
        "br.rg", "RG", "person", "RG", "12.345.678-9", "form, with the word; control digits differ from state to state",
        cues("r.g.", "registro geral", "identidade"), weak=r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dXx]",
        check=control.brazilian_rg, score=0.85, source="Lei 7.116/1983; each state numbers its own",
    ),
    Identifier(
        "br.pis", "PIS / PASEP / NIS / NIT", "person", "PIS", "170.33259.50-4", "control digit mod 11",
        cues("p.i.s.", "pasep", "pis/pasep", "nis", "nit"), weak=r"\d{3}\.?\d{5}\.?\d{2}-?\d",
        check=control.brazilian_pis, digits=11, source="Caixa Econômica Federal",
    ),
    Identifier(
        "br.titulo", "Título de eleitor", "person", "título de eleitor", "0043 5687 0906", "two control digits mod 11",
        cues("título de eleitor", "título eleitoral", "título"), weak=r"\d{4} ?\d{4} ?\d{4}",
        check=control.brazilian_voter, digits=12, source="TSE, Resolução 21.538/2003, art. 12",
    ),
    Identifier(
        "br.cns", "Cartão Nacional de Saúde", "person", "CNS", "898 0000 0004 3208", "sum times 15..1 mod 11",
        cues("cns", "cartão sus", "sus", "cartão nacional de saúde"), weak=r"[12789]\d{2} ?\d{4} ?\d{4} ?\d{4}",
        check=control.brazilian_health_card, digits=15, source="Ministério da Saúde, DATASUS",
    ),
    Identifier(
        "br.cnh", "CNH", "person", "CNH", "62472927637", "two control digits mod 11",
        cues("cnh", "habilitação", "carteira de habilitação", "carteira de motorista"), weak=r"\d{11}",
        check=control.brazilian_driver, digits=11, source="Contran, Resolução 598/2016",
    ),
    Identifier(
        "cl.rut", "RUT / RUN", "both", "RUT", "12.531.909-2", "control digit mod 11",
        cues("r.u.t.", "r.u.n.", "rol", "cédula", "rol único tributario"),
        strong=r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]|\d{7,8}-[\dKk]", weak=r"\d{7,8}[\dKk]|\d{1,2}\.\d{3}\.\d{3} ?[\dKk]",
        check=control.chilean_rut,
    ),
    Identifier(
        "py.ruc", "RUC", "both", "RUC", "80028061-0", "control digit mod 11",
        cues("r.u.c."), weak=r"\d{6,8}-\d", check=py_ruc.is_valid,
    ),
    Identifier(
        "py.ci", "Cédula de identidad civil", "person", "cédula", "3.456.789", "form, with the word",
        _CI, weak=r"\d{1,2}\.\d{3}\.\d{3}|\d{6,8}|\d{3}\.\d{3}", digits=6, source="Departamento de Identificaciones, Policía Nacional",
    ),
    Identifier(
        "uy.cedula", "Cédula de identidad", "person", "C.I.", "1.234.567-2", "control digit mod 10",
        _CI, strong=r"\d\.\d{3}\.\d{3}-\d", weak=r"\d{6,7}[- ]?\d|\d\.\d{3}\.\d{3}[ /]?\d|\d{3}\.\d{3}-\d",
        check=control.uruguayan_cedula, source="Dirección Nacional de Identificación Civil",
    ),
    Identifier(
        "uy.rut", "RUT", "company", "RUT", "21-100342-001-7", "control digit mod 11",
        cues("r.u.t."), weak=r"\d{12}|\d{2}[ .]?\d{6}[ .]?\d{4}|\d{2}-\d{6}-\d{3}-\d", check=uy_rut.is_valid, digits=12,
    ),
)  # fmt: skip
RECOGNISERS = tuple(map(recogniser_of, IDENTIFIERS))
