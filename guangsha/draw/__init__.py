"""The publicly verifiable draw (specification HLD1): pure, no database."""
