"""Open and close conferences on bridges."""
