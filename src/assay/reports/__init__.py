"""From a decision to a document: pure functions."""
