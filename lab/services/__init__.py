"""The servers of the lab, one module a kind: each writes its real configuration and starts the real program."""
