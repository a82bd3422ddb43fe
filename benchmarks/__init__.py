"""Measurements, each a command; what they found is in RESULTS.md."""
