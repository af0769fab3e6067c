"""Correlation as a pure function of events in event time: no file, no clock, no network.

What it computes depends on the set of events only: not on their order inside the lateness bound, on batches, duplicates or crashes
(detection design, sections 5 and 6). It is the oracle of a faster one to come.
"""
