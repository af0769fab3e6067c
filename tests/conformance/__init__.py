"""Our events against the answers that other engines publish with their captures: `python -m tests.conformance --help`."""
