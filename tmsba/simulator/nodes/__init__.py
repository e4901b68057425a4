"""What each node of the bridge's interface does."""
