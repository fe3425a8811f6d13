"""The error tree. Every error says what, where, what was expected and what to do.

AssayError
├── UsageError        the question or the command line cannot be understood (exit 64)
├── InputError        a file that was given cannot be read as what it should be (exit 64)
│   └── PackError     a law pack or fact file breaks its format
├── IntegrityError    signed or content-addressed bytes do not match (exit 3)
└── InternalError     our fault (exit 70)
"""

from __future__ import annotations

__all__ = ["AssayError", "InputError", "IntegrityError", "InternalError", "PackError", "UsageError"]


class AssayError(Exception):
    """An error with a code, a place and a remedy.

    `code` is explained by `assay explain CODE`; `where` is a file and line, an option or a key.
    """

    exit_code = 70

    def __init__(self, code: str, what: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.where = code, what, where
        self.expected, self.remedy = expected, remedy

    def __str__(self) -> str:
        lines = [f"{self.code} {self.what}"]
        for label, text in (("where", self.where), ("expected", self.expected), ("to do", self.remedy)):
            if text:
                lines.append(f"  {label:9} {text}")
        return "\n".join(lines)


class UsageError(AssayError):
    """The question or the command line cannot be understood."""

    exit_code = 64


class InputError(AssayError):
    """A given file cannot be read as what it should be."""

    exit_code = 64


class PackError(InputError):
    """A law pack or fact file breaks its format."""


class IntegrityError(AssayError):
    """Signed or content-addressed bytes do not match."""

    exit_code = 3


class InternalError(AssayError):
    """A state that our own code should have made impossible."""
