"""deskready: the program that runs the checks, judges the desk and tells people."""

__version__ = "0.1.0"
