"""One module a protocol: how its event becomes an EVE record. See `khien.eve.registry` for the form of one."""
