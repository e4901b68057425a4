"""Look after conferences while they last."""
