"""Company systems and programs: can the broker work in them?"""
