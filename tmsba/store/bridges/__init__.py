"""Bridges, what they hold, and what goes on there."""
