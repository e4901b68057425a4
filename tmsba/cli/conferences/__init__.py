"""``tmsba conference``, ``route`` and ``mail``."""
