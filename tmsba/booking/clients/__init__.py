"""Those who call: admission, licences, accounts, and what they were refused."""
