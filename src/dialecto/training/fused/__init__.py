"""Blocks of small decoders with fewer passes over memory, for training on processors."""
