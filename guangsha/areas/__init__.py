"""Business areas, one folder each, all of the same inner shape (design of the house; docs/where-things-are.md).

facts.py rules.py   pure: no database
models.py           what is kept
queries.py          reads; actions.py  the only writer, one function per act, in one transaction with its audit entry
access.py           access_<thing>(actor, key): the only way a page gets an object
forms.py portal.py office.py api.py jobs.py admin.py urls.py    faces
"""
