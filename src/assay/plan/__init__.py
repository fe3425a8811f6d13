"""Estate and dated rules -> schedule with a proven bound, and its independent check."""
