"""Assay: from evidence and dated law to an answer that anyone can redo."""

__version__ = "0.1.0"
