"""How every reader refuses: one error class, codes E0800 to E0819, always with a place."""

from __future__ import annotations

from assay.errors import InputError

__all__ = ["refusal", "wrong_version"]


def refusal(code: str, what: str, where: str = "", expected: str = "", remedy: str = "") -> InputError:
    """The error about evidence that is being read."""
    return InputError(code, what, where=where, expected=expected, remedy=remedy)


def wrong_version(title: str, found: str, supported: tuple[str, ...], where: str) -> InputError:
    """The error about a version that no reader knows; says which are read (E0808)."""
    return InputError(
        "E0808", f"{title} {found[:40] or 'without a version'} is not read", where=where,
        expected="version " + ", ".join(supported), remedy="convert the file, or add a reader for this version",
    )  # fmt: skip
