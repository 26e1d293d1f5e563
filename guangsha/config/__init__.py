"""Settings, urls and the server entry; everything a deployment decides comes from the environment (env.py)."""
