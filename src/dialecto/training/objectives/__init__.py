"""What models that are not decoders learn: words that are masked, spans that were cut out."""
