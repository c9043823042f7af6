"""Khronika: the composition of scrapers, storage and feeds into a running service."""

__version__ = "0.1.0"
