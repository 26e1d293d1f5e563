"""Guangsha (广厦): from the records of a housing agency's year to checked, publishable reports."""
