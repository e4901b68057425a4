"""Bridges: what they are, and how they are."""
