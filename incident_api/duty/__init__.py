"""Who is on duty, by the rota."""
