"""Rule packs from outside: imported whole with licence and digest, compared with what is installed, off until activated."""
