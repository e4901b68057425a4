"""Which calls need a client session, and what becomes of a session id."""
