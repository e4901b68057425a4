"""``tmsba user import`` and ``system import``."""
