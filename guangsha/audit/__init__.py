"""The append-only, hash-linked log of acts.

actor.py     who acts: a person with a role in an agency, or the clock
models.py    Act, Chain, Anchor
actions.py   record(...): the one way an act is written, inside the transaction of the act
verify.py    proves that nothing was removed, changed or re-ordered (`guangsha audit verify`)
"""
