"""The lab day: real software in network namespaces, recorded once with its answer key."""
