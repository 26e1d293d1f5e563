"""The books: double entry that the database itself keeps in balance, budget lines, month locks, their proof.

facts.py     what goes into an entry and what comes out: Draft, Line, Written, StatementItem …
rules.py     pure: checks of a draft, digests, the chain, mirrors, reconciliation
models.py    the tables; the rules that hold them are SQL, in ``migrations/sql/``
store.py     how entries are written: one function on PostgreSQL, one transaction on SQLite
actions.py   the only writer of entries: post, post_many, reverse
books.py     acts on funds, accounts, months and the budget
refusals.py  what the database answered, as sentences
access.py    whose books somebody may read
queries.py   balances, journal, trial balance, budget execution
verify.py    proves the books (`guangsha ledger verify`); jobs.py does so every night

An area posts through ``ledger.actions`` with the key of the thing that is paid for, and never writes a table here.
"""
