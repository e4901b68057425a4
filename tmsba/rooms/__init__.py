"""What rooms are told of their meetings, in the form that their own software reads."""
