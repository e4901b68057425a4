"""How we talk to databases."""
