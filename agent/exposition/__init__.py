"""The numbers of this desk for Prometheus: the page and its parts, and the small listener that serves it."""
