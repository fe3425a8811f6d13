"""Bytes of one kind of evidence -> facts, one file a format; pure."""
