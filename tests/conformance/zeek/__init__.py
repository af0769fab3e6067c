"""The suite of Zeek's baselines: our events as rows of Zeek's logs, compared as multisets."""
