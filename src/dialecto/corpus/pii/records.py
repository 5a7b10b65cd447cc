# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Numbers of medical records, policies, files and contracts, and vehicle plates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialecto.corpus.pii.cues import cues
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import at_cues, pattern

_LABEL = (
    r"(?:n\.?\s?h\.?\s?c|n[ºo°]?\.?\s?h\.?\s?c|h\.?c|cip(?:a)?|nss?h|historia(?:l)?(?:\scl[íi]nic[ao])?|"
    r"historial?\sm[ée]dic[ao]|"
    r"expediente|p[óo]liza|episodio|n[úu]mero de (?:historia|p[óo]liza|expediente|socio|afiliado|"
    r"paciente|asegurado|episodio|contrato|cliente)(?:\scl[íi]nica)?|"
    r"autos|procedimiento(?:\s\w+)?|diligencias(?:\sprevias)?|protocolo|siniestro|"
    r"medical record|mrn|record|policy|case|claim|file|member|patient id|chart|docket|policy holder|"
    r"ficha|prontu[áa]rio|ap[óo]lice|processo|socio|afiliado|contrato|paciente n[ºo°]|"
    r"legajo|tarjeta sanitaria(?: individual)?|tsi|sip|matr[íi]cula (?:escolar|del? alumn[oa]|acad[ée]mica)|"
    r"n[úu]mero de (?:emplead[oa]|alumn[oa]|trabajador[a]?|matr[íi]cula|tarjeta sanitaria|registro)|"
    r"emplead[oa] n[ºo°]|n\.?[ºo°] de (?:emplead[oa]|alumn[oa]|expediente|historia|p[óo]liza|cliente|soci[oa]|afiliad[oa])|"
    r"employee|student|staff|badge|"
    r"contract|customer|account holder|insurance)"
)
_LABEL_CUES = frozenset(
    (
        *("n", "nh", "nº", "nhc", "hc", "h", "cip", "cipa", "nssh", "nsh", "historia"),
        *("historial", "expediente", "poliza", "episodio", "numero", "autos"),
        *("procedimiento", "diligencias", "protocolo", "siniestro", "medical", "mrn"),
        *("record", "policy", "case", "claim", "file", "member", "patient", "chart"),
        *("docket", "ficha", "prontuario", "apolice", "processo", "socio", "afiliado"),
        *("legajo", "tarjeta", "tsi", "sip", "matricula", "empleado", "empleada", "employee"),
        *("student", "staff", "badge"),
        *("contrato", "paciente", "contract", "customer", "account", "insurance"),
    )
)
_RECORD = re.compile(
    rf"(?<!\w){_LABEL}(?:\s(?:cl[íi]nic[ao]|m[ée]dic[ao]|number|no|id|judicial|policy|file))?"
    r"(?:\s?(?:n\.?[ºo°]\.?|n[úu]m(?:ero|\.)?|no\.?|number|nro\.?|#|id))?"
    r"[*_]{0,2}\s?(?:[:#.=-]|\b(?:es|is)(?:\s(?:el|la|the))?\b|,)?[*_]{0,2}\s*"
    r"(?:nhc-)?(?P<v>[A-Z]{0,4}[-/ ]?\d[\w]*(?:[-/.]?[A-Z0-9]+)*)(?![\w@%])",
    re.IGNORECASE,
)


def record_at(text: str, place: int) -> Iterator[Entity]:
    """A number that comes right after its label: `NHC: 2986453`, `póliza PZ-2024/00017`."""
    match = _RECORD.match(text, place)
    if match is None:
        return
    value = match.group("v")
    if sum(c.isdigit() for c in value) < 4:
        return
    if re.fullmatch(
        r"(?:[a-zA-Z]{1,3} )?(?:19|20)\d\d|(?:[a-zA-Z]{1,3} )?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}",
        value,
    ):
        return
    yield Entity(match.start("v"), match.end("v"), "RECORD", value, 0.9, "record")


PLATE = cues(
    *("matrícula", "placa", "patente", "vehículo", "coche", "auto", "automóvil", "furgoneta"),
    *("camioneta", "camión", "moto", "plate", "registration", "vehicle", "car", "van", "truck"),
    *("carro", "veículo", "dominio", "turismo", "chapa"),
)
_PLATE_SHAPES = (
    r"[A-Z]{1,2} ?-?\d{4} ?-[A-Z]{1,2}|[A-Z]{2}-\d{2}-\d{2}|C ?-?\d{4} ?-?[A-Z]{3}|[A-Z]{2}·[A-Z]{2}·\d{2}"
    r"|[A-Z]{3}-\d{3}-[A-Z]|[A-Z]{2}-\d{2}-[A-Z]{2}|[A-Z]{2} ?-?\d{3} ?-?[A-Z]{2}|[A-Z]{2,3} ?-?\d{3,4}|[A-Z]{3} ?\d[A-Z]\d{2}|[A-Z]{4} ?-?\d{2}"
    r"|[A-Z]{2}-?[A-Z]{2}-?\d{2}|[A-Z]{1,2} ?-?\d{4} ?-?[A-Z]{1,2}|[A-Z]\d[A-Z] ?-?\d{3}|[A-Z]{3}-\d{2}-\d{2}"
    r"|\d{2}-[A-Z]{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}|[A-Z]{3} ?-?\d{2}[A-Z]|[A-Z] ?-?\d{3} ?[A-Z]{3}"
    r"|[A-Z]{4} ?-?\d{3}|[A-Z] ?-?\d{3}[ -]?\d{3}"
    r"|\d{3}-?[A-Z]{3}|[A-Z]\d{2}-?[A-Z]{3}|[A-Z]{2}\d{2} ?[A-Z]{3}|\d{4} ?-?[A-Z]{3}"
)

RECOGNISERS = (
    at_cues("record", ("RECORD",), record_at, _LABEL_CUES),
    pattern(
        "es.plate",
        "PLATE",
        # Not `SQL Server 2014 RTM`, not `1433 TCP`.
        strong=r"(?!(?:19|20)\d\d )\d{4}[ -]?(?!TCP|PPP)[BCDFGHJKLMNPRSTVWXYZ]{3}",
        context=PLATE,
        digits=4,
        regions=["ES"],
        score=0.8,
    ),
    pattern("plate", "PLATE", weak=_PLATE_SHAPES, context=PLATE, digits=2, score=0.82),
)
