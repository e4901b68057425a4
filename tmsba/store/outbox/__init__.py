"""What is to be done: jobs and mails."""
