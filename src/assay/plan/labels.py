"""Masks and costs in terms of labels: from "may not be this at that quarter" to "may not choose this label"."""

from __future__ import annotations

import numpy as np

from assay.plan.model import UNBUILT, Bools, Instance, Ints, Precedence

__all__ = ["allowed", "label_costs", "paths"]


def paths(incumbent: Ints, state: Ints, build: Ints) -> Ints:
    """Sum along the path of every label: [n] incumbents, [n, S + 1, T] by state, [n, S, T] by act -> [n, L].

    Label (s, t) pays `state` of the incumbent before t and of s from t on, and `build` of (s, t); keep pays `state` of
    the incumbent throughout. Exact in the integers given.
    """
    clusters, suppliers, quarters = build.shape
    own = state[np.arange(clusters), incumbent]
    before = np.cumsum(own, axis=1) - own
    after = np.cumsum(state[:, :suppliers, ::-1], axis=2)[:, :, ::-1]
    out = np.empty((clusters, 1 + suppliers * quarters), np.int64)
    out[:, 0] = own.sum(axis=1)
    out[:, 1:] = (build + after + before[:, None, :]).reshape(clusters, suppliers * quarters)
    return out


def allowed(instance: Instance) -> Bools:
    """The labels that no mask forbids, nor a precedence whose providers the masks leave no way [C, L]."""
    clusters, suppliers, quarters = len(instance.clusters), len(instance.suppliers), instance.quarters
    out = np.ones((clusters, instance.labels), np.bool_)
    for mask in instance.masks:
        chosen = np.asarray(mask.clusters, np.int64)
        for incumbent in np.unique(instance.incumbent[chosen]):
            state = mask.state[None].astype(np.int64)
            build = mask.build[None].astype(np.int64)
            broken = paths(np.array([incumbent]), state, build)[0] > 0
            if mask.old is not None:
                late = np.cumsum(mask.old) - mask.old > 0
                broken |= np.concatenate([[bool(mask.old.any())], np.tile(late, suppliers)])
            out[np.ix_(chosen[instance.incumbent[chosen] == incumbent], np.flatnonzero(broken))] = False
    assert out.shape == (clusters, 1 + suppliers * quarters)
    for row in instance.rows:
        if isinstance(row, Precedence):
            _without_provider(instance, row, out)
    return out


def _without_provider(instance: Instance, row: Precedence, out: Bools) -> None:
    """Close the labels of dependents that would have a supplier at a quarter at which no provider can have it."""
    suppliers, quarters = len(instance.suppliers), instance.quarters
    can = np.zeros((suppliers + 1, quarters), np.bool_)
    for provider in np.asarray(row.providers, np.int64):
        acts = out[provider, 1:].reshape(suppliers, quarters)
        can[:suppliers] |= np.logical_or.accumulate(acts, axis=1)
        later: Bools = np.logical_or.accumulate(np.any(acts, axis=0)[::-1])[::-1]
        can[instance.incumbent[provider]] |= out[provider, 0] | np.append(later[1:], False)
    never = ~can
    never[:, : row.first] = never[:, row.until :] = never[UNBUILT] = False
    state, build = never[None].astype(np.int64), np.zeros((1, suppliers, quarters), np.int64)
    dependents = np.asarray(row.dependents, np.int64)
    for incumbent in np.unique(instance.incumbent[dependents]):
        broken = paths(np.array([incumbent]), state, build)[0] > 0
        mine = dependents[instance.incumbent[dependents] == incumbent]
        out[np.ix_(mine, np.flatnonzero(broken))] = False


def label_costs(instance: Instance) -> Ints:
    """The cost of each label with the terms of all rules, in cents [C, L]."""
    out = np.array(instance.cost, np.int64)
    for term in instance.terms:
        chosen = np.asarray(term.clusters, np.int64)
        weight = np.asarray(instance.weights[term.metric], np.int64)[chosen]
        for incumbent in np.unique(instance.incumbent[chosen]):
            each = paths(np.array([incumbent]), term.state[None].astype(np.int64), term.build[None].astype(np.int64))[0]
            own = instance.incumbent[chosen] == incumbent
            out[chosen[own]] += weight[own, None] * each[None, :]
    return out
