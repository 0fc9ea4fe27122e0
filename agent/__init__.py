"""deskready: the program that runs the checks, judges the desk and tells people."""
