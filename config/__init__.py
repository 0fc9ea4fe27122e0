"""Settings of this desk and the procedure as data."""
