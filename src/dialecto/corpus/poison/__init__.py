"""Poison: what somebody put into documents so that a model learns it (docs/how-to/poison.md)."""
