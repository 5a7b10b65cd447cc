"""Messages with attachments and mailboxes of them."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from dialecto.corpus.extract import extract
from tests.corpus.extract.test_archives import read, zipped


def message(subject: str = "Pedido de aceite nuevo") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ana@a.example", "b@b.example", subject
    mail["Message-ID"] = "<1@a.example>"
    mail.set_content("Le adjunto el pedido y la lista de precios.\nFrom aquí en adelante, igual.")
    mail.add_alternative("<p>Le adjunto</p>", subtype="html")
    mail.add_attachment("formato;precio\nlata;9\n", subtype="csv", filename="../precios.csv")
    mail.add_attachment(b"\x89PNG\r\n\x1a\n\0\0", "image", "png", filename="logo.png")
    data = zipped({"acta.md": b"# Acta", "otra/b.txt": b"Otra"})
    mail.add_attachment(data, "application", "zip", filename="actas.zip")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "c@c.example", "Reenviado"
    inner.set_content("El mensaje de antes.")
    mail.add_attachment(inner)
    return mail


TEXT = (
    "De: ana@a.example\nPara: b@b.example\nAsunto: Pedido de aceite nuevo\n"
    "Adjuntos: precios.csv, logo.png, actas.zip, adjunto.eml\n\n"
    "Le adjunto el pedido y la lista de precios.\nFrom aquí en adelante, igual."
)
ATTACHED = {
    "!/precios.csv": "formato: lata\nprecio: 9",
    "!/actas.zip!/acta.md": "# Acta",
    "!/actas.zip!/otra/b.txt": "Otra",
    "!/adjunto.eml": "De: c@c.example\nAsunto: Reenviado\n\nEl mensaje de antes.",
}


def test_attachments_are_documents_of_the_same_thread(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(message().as_bytes())
    assert read(file) == {"": TEXT, **ATTACHED}
    first, *others = extract(file)
    assert first.threads
    assert all(set(first.threads) <= set(piece.threads) for piece in others)


def test_a_mailbox_message_by_message(tmp_path: Path) -> None:
    mark = b"From ana@a.example Mon Jan  1 10:00:00 2024\n"
    body = message().as_bytes().replace(b"\nFrom ", b"\n>From ")
    broken = b"no es un mensaje\n\n"
    (tmp_path / "a.mbox").write_bytes(mark + body + b"\n\n" + mark + broken + mark + body)
    found = read(tmp_path / "a.mbox")
    assert found.pop(":2") == "(malformed)"
    wanted = {"": TEXT, **ATTACHED}
    assert found == {f":{n}{place}": text for n in (1, 3) for place, text in wanted.items()}
