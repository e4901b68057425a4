"""Conferences and series, their reservations and the change log."""
