"""Save a conference, an occurrence of a series, or a series."""
