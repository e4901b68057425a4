"""Which bridge and space a conference gets, and how each participant connects: pure decisions."""
