"""Deadlines that go up the ladder."""
