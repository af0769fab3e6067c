"""From an empty system to its first alert: what is done, what comes next, and who can do it."""
