"""The pure ground floor: numbers, money, units of measure, identities, findings, errors, hashing.

Nothing in here knows of files, databases or the web; every other room may import it.
"""
