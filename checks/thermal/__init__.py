"""Heat: temperature, throttling, fans."""
