"""The broker's page: served by the daemon on loopback, for who holds a token."""
