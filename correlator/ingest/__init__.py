"""Taking in what sensors deliver: durable before it is acknowledged, each event once."""
