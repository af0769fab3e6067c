"""What every route shares: problems, identity, headers."""
