"""Files in and out: documents, requests, rejected records, settings and state."""
