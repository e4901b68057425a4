"""Requests to one bridge and its answers."""
