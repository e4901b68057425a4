"""Users, systems, and what an administrator sets."""
