"""From facts and law to a decision and its reasons: pure functions."""
