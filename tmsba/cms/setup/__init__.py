"""Making a bridge ready: profiles, numbered spaces, and whose they are."""
