"""The nine questions about this computer: one file for each check."""
