"""Tokenizers: train a vocabulary on the corpus, pack tokens into shards."""
