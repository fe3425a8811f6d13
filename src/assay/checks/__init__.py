"""Facts or events -> findings, one file a topic; pure."""
