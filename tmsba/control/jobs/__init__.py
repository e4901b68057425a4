"""The loop of a worker, and what each claimed job does."""
