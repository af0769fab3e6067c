"""One module a log: how events become its rows. See `tests.conformance.zeek.registry` for the form of one."""
