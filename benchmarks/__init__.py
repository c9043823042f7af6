"""Measurements against other programs: each prints a table of CPU seconds, wall-clock seconds and memory."""
