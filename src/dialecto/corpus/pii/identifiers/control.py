"""Control digits and forms that python-stdnum does not know, each from its official rule."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stdnum import luhn
from stdnum.br import cpf
from stdnum.cl import rut
from stdnum.es import cif, nif, referenciacatastral
from stdnum.mx import rfc

from dialecto.corpus.pii.recogniser import digits_of


def weighted(digits: str, weights: Sequence[int]) -> int:
    """The sum of each digit times its weight."""
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def varied(value: str) -> bool:
    """Whether the number is more than one digit repeated (a field filled in to get past it)."""
    return len(set(digits_of(value))) > 1


def spanish_social_security(value: str) -> bool:
    """2 digits of province, 8 of sequence, 2 of control.

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


def spanish_catastral(value: str) -> bool:
    return any(c.isalpha() for c in value) and bool(referenciacatastral.is_valid(value))


def spanish_company(value: str) -> bool:
    """CIF, with the letters of its kinds that are in use (Orden EHA/451/2008)."""
    return bool(cif.is_valid(value))


def spanish_special_nif(value: str) -> bool:
    """NIF of minors (K), Spaniards abroad (L) and foreigners without NIE (M).

    Source: Real Decreto 1065/2007, article 20.
    """
    return value[:1].upper() in ("K", "L", "M") and bool(nif.is_valid(value))


def portuguese_niss(value: str) -> bool:
    """Social security number: 11 digits that begin with 1 or 2.

    Control = 9 - sum(digit x weight) mod 10, with the primes 29, 23, 19, 17, 13, 11, 7, 5, 3, 2
    as weights. Source: Segurança Social (Portugal), "Número de Identificação de Segurança
    Social", algorithm of the check digit.
    """
    digits = digits_of(value)
    if len(digits) != 11 or digits[0] not in "12":
        return False
    return 9 - weighted(digits[:10], (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)) % 10 == int(digits[10])


def portuguese_nib(value: str) -> bool:
    """Bank account: 4 digits of bank, 4 of branch, 11 of account, 2 of control.

    Control = 98 - (the 19 digits followed by 00) mod 97. Source: Banco de Portugal, "Número de
    Identificação Bancária", ISO 7064 mod 97-10.
    """
    digits = digits_of(value)
    return len(digits) == 21 and varied(digits) and int(digits) % 97 == 1


def brazilian_cpf(value: str) -> bool:
    return varied(value) and bool(cpf.is_valid(value))


def brazilian_rg(value: str) -> bool:
    """RG: 7 to 9 digits, and no more is checked: each state numbers its own.

    Source: Lei 7.116/1983.
    """
    return 7 <= len(digits_of(value)) <= 9


def brazilian_pis(value: str) -> bool:
    """PIS, PASEP, NIT or NIS: 11 digits, the last one of control.

    Control = 11 - sum(digit x weight) mod 11 with weights 3, 2, 9, 8, 7, 6, 5, 4, 3, 2; 10 and 11
    give 0. Source: Caixa Econômica Federal, "Cadastro NIS", validation of the number.
    """
    digits = digits_of(value)
    if len(digits) != 11 or not varied(digits):
        return False
    control = 11 - weighted(digits[:10], (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if control >= 10 else control) == int(digits[10])


def brazilian_voter(value: str) -> bool:
    """Título eleitoral: 8 digits of sequence, 2 of state (01 to 28), 2 of control.

    First = sum(digit x 2..9) mod 11; second = (states' digits x 7, 8 and the first x 9) mod 11; 10
    counts as 0, and in São Paulo and Minas Gerais a remainder of 0 counts as 1. Source: Tribunal
    Superior Eleitoral, Resolução 21.538/2003, article 12.
    """
    digits = digits_of(value)
    if len(digits) != 12 or not 1 <= int(digits[8:10]) <= 28:
        return False

    def control(rest: int) -> int:
        if rest == 0 and digits[8:10] in ("01", "02"):
            return 1
        return rest % 10 if rest == 10 else rest

    first = control(weighted(digits[:8], range(2, 10)) % 11)
    second = control(weighted(digits[8:10] + str(first), (7, 8, 9)) % 11)
    return digits[10:] == f"{first}{second}"


def brazilian_health_card(value: str) -> bool:
    """Cartão Nacional de Saúde: 15 digits whose sum times 15..1 is a multiple of 11.

    Begins with 1 or 2 (definitive) or 7, 8, 9 (provisional). Source: Ministério da Saúde, DATASUS,
    "Rotina de validação do CNS".
    """
    digits = digits_of(value)
    if len(digits) != 15 or digits[0] not in "12789":
        return False
    return weighted(digits, range(15, 0, -1)) % 11 == 0


def brazilian_driver(value: str) -> bool:
    """CNH: 9 digits and two of control.

    First = sum(digit x 9..1) mod 11; second = sum(digit x 1..9) mod 11, less 2 when the first
    was 10 or more; 10 counts as 0. Source: Conselho Nacional de Trânsito, registration number of
    the Carteira Nacional de Habilitação (Resolução 598/2016).
    """
    digits = digits_of(value)
    if len(digits) != 11 or not varied(digits):
        return False
    first = weighted(digits[:9], range(9, 0, -1)) % 11
    less = 2 if first >= 10 else 0
    second = weighted(digits[:9], range(1, 10)) % 11
    second = 0 if second >= 10 else second - less
    return digits[9:] == f"{0 if first >= 10 else first}{second % 11 % 10}"


def chilean_rut(value: str) -> bool:
    return varied(value) and bool(rut.is_valid(value))


def uruguayan_cedula(value: str) -> bool:
    """6 or 7 digits and one of control.

    Control = (10 - sum(digit x weight) mod 10) mod 10, weights 2, 9, 8, 7, 6, 3, 4 over the
    number filled with zeros to 7 digits. Source: Dirección Nacional de Identificación Civil
    (Uruguay), rule of the "dígito verificador".
    """
    digits = digits_of(value)
    if not 7 <= len(digits) <= 8:
        return False
    total = weighted(digits[:-1].zfill(7), (2, 9, 8, 7, 6, 3, 4))
    return (10 - total % 10) % 10 == int(digits[-1])


def mexican_clabe(value: str) -> bool:
    """CLABE: 3 digits of bank, 3 of place, 11 of account, 1 of control.

    Control = (10 - sum((digit x weight) mod 10) mod 10) mod 10 with weights 3, 7, 1 repeated.
    Source: Banco de México, Circular 3/2012, "Clave Bancaria Estandarizada".
    """
    digits = digits_of(value)
    if len(digits) != 18:
        return False
    total = sum(int(d) * w % 10 for d, w in zip(digits[:17], (3, 7, 1) * 6, strict=False))
    return (10 - total % 10) % 10 == int(digits[17]) and digits[:3] != "000"


def mexican_social_security(value: str) -> bool:
    """IMSS number: 11 digits, the last one by the Luhn rule.

    Source: Instituto Mexicano del Seguro Social, "Número de Seguridad Social (NSS)".
    """
    digits = digits_of(value)
    return len(digits) == 11 and bool(luhn.is_valid(digits))


def mexican_rfc(value: str) -> bool:
    """Form and date: the check digit is the tax office's own and often not the rule's."""
    return bool(rfc.is_valid(value, validate_check_digits=False))


def mexican_elector(value: str) -> bool:
    """Clave de elector: 6 letters, birth date yymmdd, state (01-32, 87, 88), sex, 3 digits.

    Source: Instituto Nacional Electoral, Reglamento de Elecciones, annex on the clave de elector.
    """
    match = re.fullmatch(r"[A-ZÑ]{6}\d\d(\d\d)(\d\d)(\d\d)[HM]\d{3}", value.upper())
    if not match:
        return False
    month, day, state = map(int, match.groups())
    return 1 <= month <= 12 and 1 <= day <= 31 and (1 <= state <= 33 or state in (87, 88))


def guatemalan_cui(value: str) -> bool:
    """CUI (DPI): 8 digits, one of control, department (01-22), municipality.

    Control = sum(digit x weight) mod 11, weights 2..9. Source: Registro Nacional de las
    Personas (Guatemala), "Código Único de Identificación".
    """
    digits = digits_of(value)
    if len(digits) != 13:
        return False
    department, municipality = int(digits[9:11]), int(digits[11:])
    total = weighted(digits[:8], range(2, 10))
    return total % 11 == int(digits[8]) and 1 <= department <= 22 and 1 <= municipality <= 33


def salvadoran_dui(value: str) -> bool:
    """DUI: 8 digits and one of control = (10 - sum(digit x weight 9..2) mod 10) mod 10.

    Source: Registro Nacional de las Personas Naturales (El Salvador), "Documento Único de
    Identidad".
    """
    digits = digits_of(value)
    if len(digits) != 9:
        return False
    return (10 - weighted(digits[:8], range(9, 1, -1)) % 10) % 10 == int(digits[8])


def honduran_dni(value: str) -> bool:
    """DNI: department (01-18), municipality (01-28), year of registration, 5 digits; no control.

    Source: Registro Nacional de las Personas (Honduras), "Documento Nacional de
    Identificación", composition of the number.
    """
    digits = digits_of(value)
    return (
        len(digits) == 13
        and 1 <= int(digits[:2]) <= 18
        and 1 <= int(digits[2:4]) <= 28
        and 1880 <= int(digits[4:8]) <= 2099
    )


def honduran_rtn(value: str) -> bool:
    """RTN: a person's DNI, or a company's number of the same form, and one digit more.

    No public rule of the last digit is known, so it is not checked. Source: Servicio de
    Administración de Rentas (Honduras), Acuerdo on the Registro Tributario Nacional.
    """
    digits = digits_of(value)
    return len(digits) == 14 and honduran_dni(digits[:13])


def nicaraguan_cedula(value: str) -> bool:
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


def panamanian_cedula(value: str) -> bool:
    """Province (1-13), or PE, E, N, with PI and AV for natives and old entries; book; entry.

    No control digit. Source: Tribunal Electoral de Panamá, Ley 31 of 2006 and its forms of the
    cédula.
    """
    return 4 <= len(digits_of(value)) <= 13
