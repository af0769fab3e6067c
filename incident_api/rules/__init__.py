"""The detection rules in force, as the correlator told of them, with what became of their alerts."""
