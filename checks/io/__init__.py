"""One adapter per protocol or operating-system source."""
