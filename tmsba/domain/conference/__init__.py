"""Conferences and series: what they are, and what they must be like."""
