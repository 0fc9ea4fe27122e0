"""The companion: which business steps were done, what is due, which cases a broken device holds up.

Section 3 and clauses 2.4 to 2.7, 4.2.4 of the procedure. It holds no name, contact, amount or document,
and it is not the statutory business file.
"""
