"""Look at bridges, compare them with the store, and bring both in line."""
