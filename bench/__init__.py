"""What deskready costs, measured beside programs that people know. `make bench` writes docs/bench.md."""
