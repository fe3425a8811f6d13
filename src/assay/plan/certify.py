"""The lower bound that a certificate proves, recomputed in exact integers; no solver, no numba, no floats.

Lagrangian duality: for any non-negative multipliers of the rows and any border messages,

    sum over clusters  of min over allowed labels (cost + multipliers * coefficients + messages)
  + sum over edges     of min over allowed pairs  (border cost - messages)
  - what the rows allow, priced by their multipliers

is at most the cost of every plan that keeps the rows. Multipliers below 0 or above the overtime price are cut to the
range in which the statement holds, so no certificate can prove too much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.plan.labels import allowed, label_costs, paths
from assay.plan.model import (
    DISCOUNT,
    UNBUILT,
    Bools,
    Budget,
    Coverage,
    Crew,
    Existence,
    Instance,
    Ints,
    Precedence,
    Row,
    Share,
    Supply,
    quarters_of,
)  # fmt: skip
from assay.plan.result import Certificate

__all__ = [
    "NEVER", "coefficients", "edge_minima", "exact_sum", "fits", "holds_in_64_bits", "lower_bound", "multiplier_shape",
    "price_rows", "too_large",
]  # fmt: skip

NEVER = np.int64(1) << np.int64(60)
"""Stands for "not allowed" in minima; every priced label is smaller, which is checked."""
_CHUNK = 2048


@dataclass(slots=True)
class _Prices:
    """What the multipliers add: to states [C, S + 1, T], to acts [C, S, T], and what the rows allow."""

    state: Ints
    build: Ints
    allowance: int
    largest: NDArray[np.float64]


def multiplier_shape(instance: Instance, row: Row) -> tuple[int, ...]:
    """The shape of the multipliers of a row: one for each inequality that it states."""
    if isinstance(row, Existence | Precedence):
        return (len(instance.suppliers), quarters_of(row))
    return (quarters_of(row),)


def lower_bound(instance: Instance, certificate: Certificate) -> int:
    """The proved lower bound in cents, rounded up to a whole cent (costs are whole cents).

    Raises InputError: E0701 a certificate that does not fit the instance, E0702 numbers too large to be exact.
    """
    fits(instance, certificate)
    holds_in_64_bits(instance, certificate)
    scale = certificate.scale
    prices = price_rows(instance, certificate)
    fair, cost = allowed(instance), label_costs(instance)
    moved = _moved(instance, certificate)
    top = float(np.abs(cost).max(initial=0)) * scale + float(np.abs(moved).max(initial=0)) * scale
    if top + float(prices.largest.max(initial=0)) >= float(NEVER) / 4:
        raise too_large(top)
    total = -prices.allowance
    for start in range(0, len(instance.clusters), _CHUNK):
        part = slice(start, start + _CHUNK)
        priced = paths(instance.incumbent[part].astype(np.int64), prices.state[part], prices.build[part])
        priced += scale * (cost[part] + moved[part])
        total += exact_sum(np.where(fair[part], priced, NEVER).min(axis=1, initial=NEVER))
    return -((-total - scale * _edges(instance, certificate, fair)) // scale)


def fits(instance: Instance, certificate: Certificate) -> None:
    """Raises InputError (E0701) where multipliers or messages have another shape than the instance asks for."""
    shapes = tuple(multiplier_shape(instance, row) for row in instance.rows)
    messages = (len(instance.edges), 2, instance.labels)
    given = tuple(np.shape(array) for array in certificate.multipliers)
    if given != shapes or np.shape(certificate.messages) != messages or certificate.scale < 1:
        raise InputError("E0701", "the certificate does not fit the instance",
                         where="multipliers, messages or scale", expected=f"{len(shapes)} rows, messages {messages}",
                         remedy="check the plan against the estate, law and costs that it was made from")  # fmt: skip


def too_large(value: float) -> InputError:
    """E0702."""
    return InputError("E0702", "the costs, weights or multipliers are too large to be exact",
                      where=f"largest priced label about {value:.3g}", expected="less than 2.8e17",
                      remedy="use larger units of weight; look for a slip of the decimal point")  # fmt: skip


def holds_in_64_bits(instance: Instance, certificate: Certificate) -> None:
    """Before any product is made: a certificate with numbers that would wrap around could claim any bound."""
    most = float(np.abs(certificate.messages.astype(np.float64)).max(initial=0))
    degree = int(np.bincount(instance.edges.ravel().astype(np.int64)).max(initial=0)) if len(instance.edges) else 0
    large = [most * degree]
    for row, given in zip(instance.rows, certificate.multipliers, strict=True):
        large.append(float(np.asarray(given, np.float64).max(initial=0)) * _factor(instance, row))
    if max(large) >= float(NEVER) / 4:
        raise too_large(max(large))


def _factor(instance: Instance, row: Row) -> float:
    """The largest number that a multiplier of the row is multiplied with."""
    match row:
        case Crew():
            return float(np.max(instance.work, initial=1))
        case Supply():
            return float(np.max(instance.units, initial=1))
        case Budget():
            return float(np.max(instance.spend, initial=1))
        case Precedence():
            return float(max(1, len(row.dependents)))
        case Share() | Coverage():
            each = float(np.abs(coefficients(instance, row)[0]).max(initial=1))
            return each * float(np.max(instance.weights[row.metric], initial=1))
        case Existence():
            each = float(row.share.denominator + row.share.numerator * len(instance.suppliers))
            return each * float(np.max(instance.weights[row.metric], initial=1))


def exact_sum(values: Ints) -> int:
    """The sum of 64-bit integers, exact whatever its size."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def price_rows(instance: Instance, certificate: Certificate) -> _Prices:
    """What the multipliers add to states and acts, and what the rows allow at these prices (`scale`-ths of a cent)."""
    clusters, suppliers, quarters = len(instance.clusters), len(instance.suppliers), instance.quarters
    out = _Prices(
        np.zeros((clusters, suppliers + 1, quarters), np.int64),
        np.zeros((clusters, suppliers, quarters), np.int64),
        0,
        np.zeros(clusters, np.float64),
    )
    for row, given in zip(instance.rows, certificate.multipliers, strict=True):
        price = np.maximum(np.asarray(given, np.int64), 0)
        match row:
            case Crew() | Supply() | Budget():
                _price_act(instance, row, int(price[0]), certificate.scale, out)
            case Precedence():
                _price_precedence(instance, row, price, out)
            case Existence():
                _price_existence(instance, row, price, out)
            case Share() | Coverage():
                coefficient, right = coefficients(instance, row)
                _add(out, row.clusters, instance.weights[row.metric], coefficient[:, None] * price[None, :], row.first)
                out.allowance += right * exact_sum(price)
    return out


def _price_act(instance: Instance, row: Crew | Supply | Budget, price: int, scale: int, out: _Prices) -> None:
    unit = row.unit if isinstance(row, Budget) else 1
    if row.overtime is not None:
        price = min(price, row.overtime * scale // unit)
    if isinstance(row, Budget):
        spend = price * instance.spend[row.clusters].astype(np.int64)
        out.build[row.clusters, :, row.first : row.until] += spend[:, :, None]
        out.allowance += price * row.limit
        out.largest[row.clusters] += np.abs(spend).max(axis=1, initial=0)
        return
    takes = instance.work if isinstance(row, Crew) else instance.units
    add = price * takes[row.clusters].astype(np.int64)
    if isinstance(row, Crew):
        out.build[row.clusters, :, row.quarter] += add[:, None]
    else:
        out.build[row.clusters, row.supplier, row.quarter] += add
    out.allowance += price * row.capacity
    out.largest[row.clusters] += np.abs(add)


def coefficients(instance: Instance, row: Share | Coverage) -> tuple[Ints, int]:
    """Of sum(weight * coefficient[state]) <= right: coefficients by state [S + 1], and the right side."""
    suppliers = len(instance.suppliers)
    if isinstance(row, Coverage):
        return np.array([-1] * suppliers + [0], np.int64), -row.least
    held = np.isin(np.arange(suppliers + 1), row.suppliers).astype(np.int64) * row.share.denominator
    total = int(instance.weights[row.metric][row.clusters].sum())
    sign = 1 if row.sense == "max" else -1
    if row.of == "all":
        return sign * held, sign * row.share.numerator * total
    return sign * (held - row.share.numerator * (np.arange(suppliers + 1) < suppliers)), 0


def _add(out: _Prices, clusters: Ints, weights: Ints, each: Ints, first: int) -> None:
    """Add weight * each[S + 1, quarters] to the states of the clusters from quarter `first` on."""
    weight = weights[clusters].astype(np.int64)
    out.state[clusters, :, first : first + each.shape[1]] += weight[:, None, None] * each[None]
    out.largest[clusters] += weight * float(np.abs(each).max(axis=0, initial=0).sum())


def _price_existence(instance: Instance, row: Existence, price: Ints, out: _Prices) -> None:
    """For supplier s: sum(weight * (num * base - den * held by s)) <= num * total unless s is one of the `count`."""
    suppliers = len(instance.suppliers)
    num, den = row.share.numerator, row.share.denominator
    total = int(instance.weights[row.metric][row.clusters].sum())
    each = np.zeros((suppliers + 1, quarters_of(row)), np.int64)
    each[:suppliers] -= den * price
    if row.of == "built":
        each[:suppliers] += num * price.sum(axis=0)[None, :]
    else:
        out.allowance -= num * total * exact_sum(price.ravel())
    _add(out, row.clusters, instance.weights[row.metric], each, row.first)
    spared = np.sort(price, axis=0)[min(row.count, suppliers) :]
    out.allowance += num * total * exact_sum(spared.ravel())


def _price_precedence(instance: Instance, row: Precedence, price: Ints, out: _Prices) -> None:
    """For supplier s: (dependents with s) - (number of dependents) * (providers with s) <= 0."""
    each = np.concatenate([price, np.zeros((1, price.shape[1]), np.int64)])
    ones = np.ones(len(instance.clusters), np.int64)
    _add(out, row.dependents, ones, each, row.first)
    _add(out, row.providers, ones, -len(row.dependents) * each, row.first)


def _moved(instance: Instance, certificate: Certificate) -> Ints:
    """The messages added to the labels of the clusters [C, L]."""
    out = np.zeros((len(instance.clusters), instance.labels), np.int64)
    for end in (0, 1):
        np.add.at(out, instance.edges[:, end], certificate.messages[:, end].astype(np.int64))
    return out


def _edges(instance: Instance, certificate: Certificate, fair: Bools) -> int:
    """The sum over edges of min over allowed pairs of labels (border cost - messages), in cents."""
    return exact_sum(edge_minima(instance, np.arange(len(instance.edges)), certificate.messages, fair))


def edge_minima(instance: Instance, edges: Ints, messages: Ints, fair: Bools) -> Ints:
    """Of each of these edges the least border cost less its messages [n, 2, L] over allowed pairs of labels [n]."""
    out = np.zeros(len(edges), np.int64)
    for start in range(0, len(edges), _CHUNK):
        part = slice(start, start + _CHUNK)
        ends = instance.edges[edges[part]].astype(np.int64)
        priced = instance.border[edges[part]].astype(np.int64)[:, None] * instance.discount[None, :]
        until = np.zeros((len(ends), instance.quarters + 1), np.int64)
        until[:, 1:] = np.cumsum(priced // DISCOUNT, axis=1)
        side = [
            _by_quarter(instance, np.where(fair[ends[:, end]], -messages[part, end].astype(np.int64), NEVER))
            for end in (0, 1)
        ]
        old = instance.incumbent[ends].astype(np.int64)
        out[part] = np.minimum(_first_acts(side[0], side[1], old[:, 0], old[:, 1], until),
                               _first_acts(side[1], side[0], old[:, 1], old[:, 0], until))  # fmt: skip
    return out


def _by_quarter(instance: Instance, values: Ints) -> Ints:
    """[n, L] -> [n, S, T + 1]: quarter T stands for keep, held by supplier 0 (the supplier of a later act is moot)."""
    count, suppliers = len(values), len(instance.suppliers)
    out = np.full((count, suppliers, instance.quarters + 1), NEVER, np.int64)
    out[:, :, :-1] = values[:, 1:].reshape(count, suppliers, instance.quarters)
    out[:, 0, -1] = values[:, 0]
    return out


def _unlike(one: Ints, two: Ints) -> Ints:
    unlike: Ints = ((one != two) & (one != UNBUILT) & (two != UNBUILT)).astype(np.int64)
    return unlike


def _first_acts(first: Ints, second: Ints, old: Ints, other: Ints, until: Ints) -> Ints:
    """Min over pairs in which the first end acts no later than the second: three spans of constant states.

    `first`, `second` [n, S, T + 1] by supplier and quarter; `old`, `other` their incumbents [n]; `until` [n, T + 1]
    the border cost of all quarters before. The span between both acts is split by a running minimum over the quarter
    of the first act.
    """
    best = np.full(len(first), 4 * NEVER, np.int64)
    before = _unlike(old, other)
    for supplier in range(first.shape[1]):
        between = _unlike(np.full(len(first), supplier), other)
        lead = np.minimum.accumulate(first[:, supplier] + until * (before - between)[:, None], axis=1)
        for partner in range(second.shape[1]):
            after = int(supplier != partner)
            rest = second[:, partner] + until * (between - after)[:, None] + until[:, -1:] * after
            best = np.minimum(best, (lead + rest).min(axis=1))
    return best
