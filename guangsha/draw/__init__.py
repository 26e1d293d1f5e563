"""The publicly verifiable draw (specification HLD1): pure, no database.

`docs/algorithms/draw.md` is the specification in words; `verify_draw.py` and `verify.html` are written from that page
alone and share no line with the modules here, so that three programs have to agree on a result.
"""
