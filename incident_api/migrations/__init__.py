"""Migrations of the relational store, one script for both databases."""
