"""Bridges as a whole: how to reach them, what they tell, setting them up."""
