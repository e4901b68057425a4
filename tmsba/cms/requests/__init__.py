"""The requests about each kind of object."""
