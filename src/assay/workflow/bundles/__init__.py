"""Bundles written, opened and redone."""
