"""The rules of booking as plain values and functions: no input, no output, no clock of its own.

All times are aware ``datetime`` values in UTC; intervals are half-open.
"""
