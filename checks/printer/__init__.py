"""Printers: SNMP readings and what they mean."""
