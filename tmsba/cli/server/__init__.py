"""``tmsba serve``, ``control`` and ``quickstart``: processes and the signals they heed."""
