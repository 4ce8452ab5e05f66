"""Samples that travel with the package, so that every command works at once and offline."""
