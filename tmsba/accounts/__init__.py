"""Who somebody is: passwords and log-in."""
