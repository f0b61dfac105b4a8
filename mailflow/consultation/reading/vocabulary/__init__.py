"""The words that the readers know, as tables and nothing else: what is made of them, the modules above say.

Where a module has more words than fit beside what it does with them, they stand here, grouped by meaning. Digits and letters
are of one width (reading/text.py); `\\x01` encloses a number that only counts wishes. Patterns are bounded.
"""
