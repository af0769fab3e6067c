"""Khiên beside tshark over the test data: every kind of difference is explained, or the run fails."""
