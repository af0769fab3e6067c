"""Set-up, containers and generated files."""
