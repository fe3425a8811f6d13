"""The product tree of CSAF: products and groups by id, each defined once and only with what is defined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from assay.readers.cursor import Node
from assay.readers.extract import Subject
from assay.readers.refusal import refusal

__all__ = ["Products", "products_of"]

MOST_NAMED: Final = 1_000_000
"""Products that one object may name."""
_NAME: Final = "product_name"
_VERSION: Final = "product_version"


@dataclass(frozen=True, slots=True)
class Products:
    """Product ids with what they name, and groups of them."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def named(self, product: str, place: str) -> Subject:
        """A product by its id. Raises InputError (E0810) where it is not defined (CSAF 6.1.1)."""
        found = self.subjects.get(product)
        if found is None:
            raise refusal("E0810", f"the product id {product[:60]!r} is not defined", place, "an id of product_tree")
        return found

    def check(self, node: Node) -> list[str]:
        """The products that an object names by id or group (CSAF 6.1.1, 6.1.4)."""
        found = []
        for key in ("product_ids", "products"):
            for number, product in enumerate(node.texts(key)):
                self.named(product, f"{node.at(key)}/{number}")
                found.append(product)
        for number, group in enumerate(node.texts("group_ids")):
            if group not in self.groups:
                raise refusal(
                    "E0810", f"the group {group[:60]!r} is not defined", f"{node.at('group_ids')}/{number}",
                    "a group of product_tree",
                )  # fmt: skip
            found += self.groups[group]
            if len(found) > MOST_NAMED:
                raise refusal(
                    "E0805", "too many products are named through groups", node.place, f"{MOST_NAMED:,} at most"
                )
        return found


def products_of(tree: Node | None) -> Products:
    """Read a product tree; an absent one defines nothing. Raises InputError (E0809, E0810)."""
    products = Products()
    if tree is None:
        return products
    for node, branches in _named(tree):
        _add(products, node, branches)
    related = [*tree.items("relationships"), *tree.items("product_paths")]
    for node in related:
        _add(products, node.needed("full_product_name"), {})
    _check_relations(products, tree)
    for group in tree.items("product_groups"):
        name = group.filled("group_id")
        if name in products.groups:
            group.fail("group_id", f"the group {name[:60]!r} is defined twice", code="E0810")
        products.groups[name] = products.check(group)
    return products


def _named(tree: Node) -> Iterator[tuple[Node, dict[str, str]]]:
    """Every full product name with the branches above it, by category."""
    for node in tree.items("full_product_names"):
        yield node, {}
    yield from _below(tree, {})


def _below(node: Node, above: dict[str, str]) -> Iterator[tuple[Node, dict[str, str]]]:
    for branch in node.items("branches"):
        here = {**above, branch.filled("category"): branch.filled("name")}
        product = branch.child("product")
        if product is not None:
            yield product, here
        yield from _below(branch, here)


def _add(products: Products, node: Node, branches: dict[str, str]) -> None:
    key, full = node.filled("product_id"), node.filled("name")
    if key in products.subjects:
        node.fail("product_id", f"the product id {key[:60]!r} is defined twice", code="E0810")
    ids = [("csaf-product-id", key)]
    helper = node.child("product_identification_helper") or Node({}, node.place)
    ids += [(scheme, helper.text(scheme)) for scheme in ("cpe", "purl") if helper.has(scheme)]
    ids += [("purl", purl) for purl in helper.texts("purls")]
    parts = [branches[name] for name in (_NAME, _VERSION) if name in branches]
    names = (" ".join(parts), " ".join(filter(None, (branches.get("vendor", ""), *parts))))
    others = tuple(dict.fromkeys(name for name in names if name and name != full)) if parts else ()
    products.subjects[key] = Subject("product", full, "", tuple(ids), others, node.place)


def _check_relations(products: Products, tree: Node) -> None:
    """Relations name defined products and lead in no circle (CSAF 6.1.1, 6.1.3)."""
    edges: dict[str, list[str]] = {}
    for node in tree.items("relationships"):
        ends = [node.filled("product_reference"), node.filled("relates_to_product_reference")]
        edges[node.needed("full_product_name").filled("product_id")] = ends
    for node in tree.items("product_paths"):
        ends = [node.filled("beginning_product_reference")]
        ends += [step.filled("next_product_reference") for step in node.items("subpaths")]
        edges[node.needed("full_product_name").filled("product_id")] = ends
    for ends in edges.values():
        for end in ends:
            products.named(end, tree.place)
    _refuse_circles(edges, tree.place)


def _refuse_circles(edges: dict[str, list[str]], place: str) -> None:
    """Take away products that rest on nothing left, until none is (Kahn 1962); linear in the relations."""
    waits = {name: sum(end in edges for end in set(ends)) for name, ends in edges.items()}
    users: dict[str, list[str]] = {}
    for name, ends in edges.items():
        for end in set(ends):
            users.setdefault(end, []).append(name)
    free = [name for name, count in waits.items() if not count]
    while free:
        for user in users.get(free.pop(), ()):
            waits[user] -= 1
            if not waits[user]:
                free.append(user)
    left = sorted(name for name, count in waits.items() if count)
    if left:
        raise refusal("E0810", f"the product {left[0][:60]!r} is defined by itself", place, "no circle")
