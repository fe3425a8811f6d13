"""A network's inventory read, put into classes, and reviewed."""
