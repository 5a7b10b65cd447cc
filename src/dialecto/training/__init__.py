"""Pretraining: data order, optimizer, schedule, precision, checkpoints, resume."""
