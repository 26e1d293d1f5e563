"""The pages of the portal, one module per thing that a citizen does."""
