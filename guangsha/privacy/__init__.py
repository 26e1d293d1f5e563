"""Sensitive data: sealed at rest, found by blind index, masked on the page, revealed with a reason that is kept.

keys.py       the key ring: suites, key ids, rotation
sealing.py    seal / unseal / blind index, without Django
fields.py     SealedTextField, SealedJSONField, BlindIndexField
masks.py      the masks of the house (internal list, public notice)
"""
