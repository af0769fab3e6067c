"""Sigma documents in, the intermediate representation and the correlation plan out (docs/reference/rule.md)."""
