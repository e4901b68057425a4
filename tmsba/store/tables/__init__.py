"""The tables, and how values are written to their columns."""
