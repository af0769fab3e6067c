"""Packet and log sensors: sources, spool, delivery."""
