"""Agencies, accounts, roles, and who may see what.

roles.py     role codes, their Chinese names, forbidden pairs
models.py    Agency (a tree), Account, Appointment, Delegation, Kinship, PhoneCode, ApiToken
access.py    NotThere; the base of every `access_*` function
gates.py     each page declares who may open it: @public, @citizens, @staff(...), @machines(...)
actors.py    request -> audit.Actor
actions.py   the only writer: accounts, appointments, delegations, recusals, passwords, tokens
entrances.py passwords with lock-out, phone codes with limits
factors.py   the second factor and recovery codes
opening.py   the first agency and administrators of an empty installation
passwords.py what a password must be
queries.py   lists for the pages about colleagues
recusal.py   whose matters somebody keeps away from
senders.py   how a text message leaves
tokens.py    from a machine's key to its actor
"""
