"""Lints: what compiles and is probably not what its author meant, or leaves the officer who gets the alert alone."""
