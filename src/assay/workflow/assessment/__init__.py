"""Recordings judged: inspection, its keys, its records, its own validation."""
