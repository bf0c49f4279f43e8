"""Encrypted backups of the embedded databases, the journal of withdrawals, and the way back from both."""
