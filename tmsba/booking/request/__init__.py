"""What a request asks for, and what follows from it."""
