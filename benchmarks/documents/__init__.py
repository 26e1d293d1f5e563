"""Documents: ``python -m benchmarks.documents.docx`` and its neighbours."""
