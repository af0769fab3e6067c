"""Vectors of correlation: rules, events, how they come, and the alerts they must make. README.md says how to use them."""
