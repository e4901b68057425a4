"""NTLM without state: the messages, the challenges that any host can check, and the check itself."""
