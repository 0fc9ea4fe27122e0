"""The one SQLite file and its one writer."""
