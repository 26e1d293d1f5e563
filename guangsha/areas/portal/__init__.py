"""The citizen's face: find a service, apply, follow it, be told, rate it."""
