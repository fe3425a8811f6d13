"""Writes aligned PER bit by bit."""

from __future__ import annotations


class Bits:
    """Bits so far, as text."""

    def __init__(self, text=""):
        self.text = text

    def add(self, value, size):
        self.text += f"{value:0{size}b}"
        return self

    def align(self):
        self.text += "0" * (-len(self.text) % 8)
        return self

    def put(self, data):
        """Octets where the bits stand, not aligned."""
        self.text += "".join(f"{byte:08b}" for byte in data)
        return self

    def octets(self, data):
        self.align()
        self.text += "".join(f"{byte:08b}" for byte in data)
        return self

    def done(self):
        self.align()
        return int(self.text or "0", 2).to_bytes(len(self.text) // 8, "big")
