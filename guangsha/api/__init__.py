"""The machine's face: OpenAPI, token scopes, the same rules as the web.

surface.py   the api object, and how an operation is declared: its scope, its answers, its limits
guard.py     what every request passes before an operation sees it; what every answer carries
problems.py  every refusal in one shape (RFC 9457)
once.py      Idempotency-Key: the act and the memory of it in one transaction
routes/      one file per area; each calls the ``access_*`` functions, queries and actions that the web calls
"""
