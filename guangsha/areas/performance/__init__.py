"""One unit's year from its records to the published self-evaluation (绩效自评), and back from any figure to its records."""
