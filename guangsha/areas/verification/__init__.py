"""Data verified against other departments instead of asked for: consent, eight sources, six outcomes."""
