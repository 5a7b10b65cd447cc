"""Custody: the tamper-evident ledger. (Keys, vault and signatures will live here too.)"""

from dialecto.security.ledger import Entry, Fault, Ledger

__all__ = ["Entry", "Fault", "Ledger"]
