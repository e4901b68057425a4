"""``tmsba bridge``."""
