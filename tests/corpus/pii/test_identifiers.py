"""Identity numbers of each country: valid ones are found, broken ones and bare digits are not."""

from __future__ import annotations

import pytest

from dialecto.corpus.pii import find_entities
from dialecto.corpus.pii.identifiers import central_america, iberia, mexico, southern_cone

REGIONS = ["ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY"]

FOUND = [
    ("ES", "ID", "con DNI 12345678Z, vecino de", "12345678Z"),
    ("ES", "ID", "DNI: 12.345.678-Z", "12.345.678-Z"),
    ("ES", "ID", "NIE X-1234567-L", "X-1234567-L"),
    ("ES", "ID", "Documento: X-0386656-A\nTeléfono", "X-0386656-A"),
    ("ES", "ID", "CIF A58818501", "A58818501"),
    ("ES", "ID", "número de la Seguridad Social 28/12345678/40", "28/12345678/40"),
    ("AR", "ID", "DNI 30.123.456", "30.123.456"),
    ("AR", "ID", "CUIT 20-12345678-6", "20-12345678-6"),
    ("CL", "ID", "RUT 12.345.678-5", "12.345.678-5"),
    ("CL", "ID", "Documento: 10.163.996-7", "10.163.996-7"),
    ("MX", "ID", "CURP BOXW310820HNERXN09", "BOXW310820HNERXN09"),
    ("MX", "ID", "RFC GODE561231GR8", "GODE561231GR8"),
    ("MX", "IBAN", "CLABE 032180000118359719", "032180000118359719"),
    ("CO", "ID", "cédula de ciudadanía 1.032.456.789", "1.032.456.789"),
    ("CO", "ID", "NIT 213.123.432-1", "213.123.432-1"),
    ("PE", "ID", "DNI 12345678", "12345678"),
    ("PE", "ID", "RUC 20512333797", "20512333797"),
    ("BR", "ID", "CPF 390.533.447-05", "390.533.447-05"),
    ("BR", "ID", "CNPJ 16.727.230/0001-97", "16.727.230/0001-97"),
    ("UY", "ID", "C.I. 1.234.567-2", "1.234.567-2"),
    ("EC", "ID", "cédula 171430710-3", "171430710-3"),
    ("DO", "ID", "cédula 224-0002211-1", "224-0002211-1"),
    ("NI", "ID", "cédula 001-200485-0001B", "001-200485-0001B"),
    ("HN", "ID", "identidad 0801-1990-12345", "0801-1990-12345"),
    ("SV", "ID", "DUI 00016297-5", "00016297-5"),
    ("PA", "ID", "cédula 8-123-1234", "8-123-1234"),
    ("VE", "ID", "V-12.345.678", "V-12.345.678"),
]


@pytest.mark.parametrize(("region", "kind", "text", "value"), FOUND)
def test_identifier_is_found_whole(region: str, kind: str, text: str, value: str) -> None:
    found = find_entities(text, regions=[region], lang="es")
    assert [(e.type, e.text) for e in found] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "El valor máximo es 2147483647 y el mínimo 0.",
        "Versión 13.0.4001.0 del paquete",
        "La temperatura fue de 39.5 y se vendieron 1.234.567 unidades",
        "SELECT 12345678 FROM tabla WHERE id_cliente = 998877",
        "El pedido llegó a las 10:30 con 48 cajas de 12 kg",
        "error 0x80004005 en la línea 12345",
    ],
)
def test_numbers_that_are_nobodys(text: str) -> None:
    assert find_entities(text, regions=REGIONS, lang="es") == []


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (iberia.social_security_is_valid, "281234567840"),
        (mexico.clabe_is_valid, "032180000118359719"),
        (mexico.imss_is_valid, "12345678903"),
        (southern_cone.uruguayan_cedula_is_valid, "12345672"),
        (central_america.salvadoran_dui_is_valid, "000162975"),
        (central_america.nicaraguan_cedula_is_valid, "0012004850001B"),
    ],
)
def test_own_check_digits_refuse_any_other_digit(check, value: str) -> None:  # type: ignore[no-untyped-def]
    assert check(value)
    last_digit = max(i for i, c in enumerate(value) if c.isdigit())
    others = [value[:last_digit] + d + value[last_digit + 1 :] for d in "0123456789"]
    assert sum(check(other) for other in others) == 1
