"""Services and cases: from the catalogue to the decision, its remedies and its rating."""
