"""Why a rule did or did not fire: of an event the whole tree, of a correlation its groups and windows."""
