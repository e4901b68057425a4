"""The mails about conferences."""
