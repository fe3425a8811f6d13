"""The product record that a lab writes: what was tested, by whom, where, and the statement of conformance."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assay.decide.toml import Table, parse
from assay.errors import InputError
from assay.model.assessment import Product

__all__ = ["product_of", "read_product"]

_SCHEMA: Final = "assay-product/1"


def product_of(text: str) -> Product:
    """A product record from `--product`: a TOML file where one is named, else only a name."""
    path = Path(text)
    if text.endswith(".toml"):
        try:
            return read_product(path.name, path.read_bytes())
        except OSError as error:
            raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
    return Product(name=text)


def read_product(name: str, data: bytes) -> Product:
    """Read a product record. Raises PackError with file and line."""
    top = parse(name, data).top
    top.choice("schema", (_SCHEMA,))
    supports, settings = top.table("supports"), top.table("settings")
    found = Product(
        top.take("product", str), top.take("vendor", str, ""), top.take("supplier", str, ""),
        top.take("release", str, ""), top.take("software_sha256", str, ""),
        tuple(one.upper() for one in top.texts("functions")), _features(supports),
        dict(settings.values) if settings else {}, top.take("lab", str, ""), top.take("operator", str, ""),
        top.take("place", str, ""), top.texts("points"), top.take("clocks", str, ""),
        top.take("synthetic", bool, False),
    )  # fmt: skip
    top.take("note", str, "")
    top.done()
    return found


def _features(table: Table | None) -> dict[str, bool]:
    return {} if table is None else {name: table.take(name, bool) for name in table.values}
