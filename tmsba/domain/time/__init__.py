"""Instants, time zones and the patterns of series."""
