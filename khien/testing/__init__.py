"""Rules under test in a repository of one's own: `pytest rules/` where Khiên is installed (docs/guide/testing-rules.md)."""
