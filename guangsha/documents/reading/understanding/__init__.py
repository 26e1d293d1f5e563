"""From a read document to facts: what it is, which figures stand in its forms, and what its text says.

``understand`` in :mod:`~guangsha.documents.reading.understanding.compose` is the way in. Nothing in here knows of
file formats: it starts from lines and tables (:mod:`guangsha.documents.reading.source`), binds cells by the words of
heads and labels, never by position in the document, and never raises over a damaged cell: what cannot be read is
left out and noted.
"""
