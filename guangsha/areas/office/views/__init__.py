"""Views of the office: each reads one thing or does one act, and nothing else."""
