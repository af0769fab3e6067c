"""How long things take: internal clocks and what they add up to."""
