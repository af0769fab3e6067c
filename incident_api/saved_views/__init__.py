"""Views of the queue under a name: one's own, and those that a person shares with everybody who reads the queue."""
