"""Khiên: network security monitoring and incident response for a city's data center."""
