"""The duty board: one page for the wall, made on the server, that needs no script."""
