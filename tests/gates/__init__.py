"""The data gates of detection: what rules and readers find in public data with known answers (`make gates-detect`)."""
