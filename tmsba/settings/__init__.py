"""The administrator's settings: one table of names, types and defaults."""
