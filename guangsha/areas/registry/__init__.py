"""Persons, households, their dated history, duplicates, merges and imports."""
