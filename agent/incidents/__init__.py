"""Incidents: from results over time to one life for each fault, ended only by a passed retest."""
