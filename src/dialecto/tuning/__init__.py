"""Tuning: the pretrained model learns to answer."""
