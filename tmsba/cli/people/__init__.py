"""``tmsba user``, ``group``, ``system``, ``audit`` and what clients hold."""
