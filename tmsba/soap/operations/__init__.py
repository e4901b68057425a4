"""The operations of both services: how they are declared, and what they do."""
