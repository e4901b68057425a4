"""Give conferences their systems, bridges and numbers, and tell why."""
