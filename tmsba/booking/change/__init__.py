"""Change what is booked: save, end, delete, extend, connect, approve, move to another bridge."""
