"""Between the objects of the wire and those of the use cases."""
