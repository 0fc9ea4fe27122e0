"""Scanners: found, ready, and able to scan. USB through SANE's scanimage, network through eSCL."""
