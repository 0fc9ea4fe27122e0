"""One file for each view: what the Station knows becomes a Struct, and a template shows it."""
