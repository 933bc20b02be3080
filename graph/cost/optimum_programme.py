"""The mixed-integer programme behind `optimum`, solved by HiGHS.

For each build k (a board at a place), workload w and route (0 the model itself, 1 the small model) with t_kwr million useful
tokens a year, on a_kwr accelerators per million:

    sum_kr t_kwr = share_w T                 every workload gets its part of the tokens
    sum_k t_kw1 <= routable_w share_w T      a gateway sends on no more than a small model does as well
    sum_kwr use_ki a_kwr t_kwr <= limit_i    power, capital, each supply
    sum_wr a_kwr t_kwr <= N_k z_k            only what is chosen is built; z_k in {0, 1}
    sum_k z_k <= most                        so many builds at most

It is linear because operating points are taken from a set. An accelerator costs and draws the same at any batch, so that of
the points in time the one that takes the fewest accelerators is as good as any mix of points: it stands for them all.

Unknowns are scaled to [0, 1] (parts of N_k, the accelerators that the limits leave room for), rows by their limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from graph.cost.planning import Build, Service, Ways

Array = NDArray[np.float64]
MAIN, SMALL = 0, 1
GAP = 1e-9
INFEASIBLE = 2


@dataclass(frozen=True)
class Way:
    """The point taken for a workload on a build.

    point, small_point : places in the service's ways; small_point None where nothing is routed
    accelerators : per million useful tokens a year, of tokens by the model itself and of those routed (inf where they cannot be)
    """

    service: Service
    point: int
    small_point: int | None
    accelerators: tuple[float, float]


@dataclass(frozen=True)
class Open:
    """A build that the limits leave open: the accelerators that fit, and the way of each workload."""

    build: Build
    room: float
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Solution:
    """tokens : (K, W, 2) million useful tokens a year; total : of them; usd_per_year : what they cost."""

    tokens: Array
    total: float
    usd_per_year: float


def best_point(ways: Ways, latency_ms: float, ttft_s: float, room: float) -> int | None:
    """Of the points in time whose group fits the one that takes the fewest accelerators; None where there is none."""
    late = (ways.latency_ms > latency_ms) | (ways.ttft_s > ttft_s) | (ways.chips > room)
    found = np.where(late, np.inf, ways.accelerators)
    best = int(np.argmin(found))
    return best if np.isfinite(found[best]) else None


def way(service: Service, latency_ms: float, ttft_s: float, room: float) -> Way | None:
    """How a service is run within limits, or None."""
    point = best_point(service.main, latency_ms, ttft_s, room)
    if point is None:
        return None
    judge = float(service.main.judge[point])
    small_point = None
    if service.small is not None and service.routable > 0:
        small_point = best_point(service.small, latency_ms, ttft_s, room)
    routed = np.inf if small_point is None or service.small is None else float(service.small.accelerators[small_point]) + judge
    return Way(service, point, small_point, (float(service.main.accelerators[point]) + judge, routed))


class Programme:
    """Builds that are open, for workloads with their parts of all tokens, under limits of size.

    Parameters
    ----------
    shares : workload -> part of all useful tokens
    sizes : what is limited (`supply_use` says what a build takes of it) -> limit, positive
    scale : tokens by which rooms without a limit are measured, million a year
    """

    def __init__(
        self, opened: Sequence[Open], shares: Mapping[str, float], sizes: Mapping[str, float], most: int, scale: float | None
    ) -> None:
        self.opened, self.sizes, self.most = list(opened), dict(sizes), most
        self.share = np.array(list(shares.values()))
        self.per_token = np.array([[w.accelerators for w in one.ways] for one in opened])  # (K, W, 2)
        finite = np.where(np.isfinite(self.per_token), self.per_token, 0.0)
        needed = (finite.max(axis=2) @ self.share) * scale if scale is not None else np.full(len(opened), np.inf)
        self.room = np.minimum([one.room for one in opened], needed)
        if not np.isfinite(self.room).all():
            raise ValueError("nothing limits the size: give a limit on power, capital or a supply, or a demand")
        self.full = np.where(np.isfinite(self.per_token), self.room[:, None, None] / self.per_token, 0.0)  # tokens at x = 1
        self.unit = float(self.full.max())
        self.usd = np.array([one.build.usd_per_year for one in opened])
        spent = np.array([[w.service.usd_per_mtoken for w in one.ways] for one in opened])
        self.cost = self.full * spent[:, :, None] + np.where(self.full > 0, (self.usd * self.room)[:, None, None], 0.0)
        self.use = np.array([[supply_use(one.build, name) for one in opened] for name in sizes]).reshape(len(sizes), len(opened))
        self.allowed = self.full > 0
        self._money = float(self.cost.max()) or 1.0

    def solve(self, total: float | None, least: str | None = None) -> Solution | None:
        """The cheapest plan for `total` million tokens a year; None: the plan with the most tokens. None where there is none.

        least : the size that is to be as small as it can be, instead of the cost; the others keep their limits
        """
        rows, size = self._rows(), self.full.size
        links = self._links()
        k = len(self.opened)
        objective = self._objective(total, least)
        cap = np.ones(len(self.sizes))
        if least is not None:
            cap[list(self.sizes).index(least)] = np.inf
        constraints = [
            LinearConstraint(_wide(rows.classes, k), 0.0, 0.0),
            LinearConstraint(_wide(rows.routes, k), -np.inf, 0.0),
            LinearConstraint(links, -np.inf, 0.0),
            LinearConstraint(csr_array(np.concatenate([np.zeros(size + 1), np.ones(k)])[None]), 0.0, self.most),
        ]
        if self.sizes:
            constraints.append(LinearConstraint(_wide(rows.sizes, k), -np.inf, cap))
        upper = np.concatenate([self.allowed.ravel().astype(float), [np.inf], np.ones(k)])
        lower = np.zeros(upper.size)
        if total is not None:
            lower[size] = upper[size] = total / self.unit
        integer = np.concatenate([np.zeros(size + 1), np.ones(k)])
        found = milp(
            np.concatenate([objective, np.zeros(k)]), constraints=constraints, bounds=Bounds(lower, upper), integrality=integer,
            options={"mip_rel_gap": GAP},
        )  # fmt: skip
        if found.status == INFEASIBLE:
            return None
        if found.x is None:
            raise RuntimeError(f"HiGHS found no plan: {found.message}")
        return self.solution(found.x[:size], float(found.x[size]))

    def prices(self, total: float | None) -> tuple[Solution, dict[str, float], float]:
        """With all these builds chosen: the plan, what one unit more of each size is worth, and what one million tokens more cost.

        Worth in USD a year where `total` is given, in million tokens a year where not (the last figure is then 0): the duals of
        the linear programme that is left when the integers are fixed.
        """
        rows, size = self._rows(), self.full.size
        limits = [m for m in (rows.routes, rows.sizes) if m.shape[0]]
        bound = np.concatenate([np.zeros(rows.routes.shape[0]), np.ones(rows.sizes.shape[0])])
        equal, right = rows.classes, np.zeros(rows.classes.shape[0])
        if total is not None:
            equal = csr_array(vstack([equal, np.eye(1, size + 1, size)]))
            right = np.append(right, total / self.unit)
        upper = [1.0 if a else 0.0 for a in self.allowed.ravel()]
        # The limits themselves bound what is built: a bound of 1 as well would take their price.
        bounds = [(0.0, None if u else 0.0) for u in upper] + [(0.0, None)]
        found = linprog(self._objective(total, None), A_ub=vstack(limits), b_ub=bound, A_eq=equal, b_eq=right, bounds=bounds)
        if found.status != 0:
            raise RuntimeError(f"HiGHS found no prices: {found.message}")
        worth = -found.ineqlin.marginals[rows.routes.shape[0] :] * (self.unit if total is None else self._money)
        each = {name: float(w) / limit for (name, limit), w in zip(self.sizes.items(), worth, strict=True)}
        more = float(found.eqlin.marginals[-1]) * self._money / self.unit if total is not None else 0.0
        return self.solution(found.x[:size], float(found.x[size])), each, more

    def solution(self, x: Array, total: float) -> Solution:
        parts = x.reshape(self.full.shape)
        return Solution(parts * self.full, total * self.unit, float((parts * self.cost).sum()))

    def used(self, found: Solution) -> dict[str, float]:
        """What a plan takes of each size."""
        accelerators = self.accelerators(found).sum(axis=(1, 2))
        return {name: float(use @ accelerators) for name, use in zip(self.sizes, self.use, strict=True)}

    def accelerators(self, found: Solution) -> Array:
        """(K, W, 2)"""
        return np.asarray(found.tokens * np.where(np.isfinite(self.per_token), self.per_token, 0.0))

    def _objective(self, total: float | None, least: str | None) -> Array:
        if least is not None:
            of = self._rows().sizes[[list(self.sizes).index(least)], :]
            return np.asarray(of.todense(), dtype=float).ravel()
        return np.append(np.zeros(self.full.size), -1.0) if total is None else np.append(self.cost.ravel() / self._money, 0.0)

    def _rows(self) -> _Rows:
        k, w, _ = self.full.shape
        size = self.full.size
        column = np.arange(size).reshape(k, w, 2)
        tokens = self.full / self.unit
        classes, routes = np.zeros((w, size + 1)), np.zeros((w, size + 1))
        for j in range(w):
            classes[j, column[:, j, :]] = tokens[:, j, :]
            routes[j, column[:, j, SMALL]] = tokens[:, j, SMALL]
            routes[j, size] = -self.share[j] * self.opened[0].ways[j].service.routable
        classes[:, size] = -self.share
        limit = np.array(list(self.sizes.values())).reshape(-1, 1)
        taken = np.repeat(self.use * self.room / limit, 2 * w, axis=1) * self.allowed.ravel() if len(limit) else np.zeros((0, size))
        sizes = np.hstack([taken, np.zeros((len(limit), 1))])
        return _Rows(csr_array(classes), csr_array(routes), csr_array(sizes))

    def _links(self) -> csr_array:
        k, size = len(self.opened), self.full.size
        each = size // k
        rows = np.concatenate([np.repeat(np.arange(k), each), np.arange(k)])
        columns = np.concatenate([np.arange(size), size + 1 + np.arange(k)])
        values = np.concatenate([np.ones(size), -np.ones(k)])
        return csr_array((values, (rows, columns)), shape=(k, size + 1 + k))


@dataclass(frozen=True)
class _Rows:
    classes: csr_array
    routes: csr_array
    sizes: csr_array


def _wide(rows: csr_array, more: int) -> csr_array:
    """The same rows with `more` further columns of zeros."""
    return csr_array((rows.data, rows.indices, rows.indptr), shape=(rows.shape[0], rows.shape[1] + more))


def supply_use(build: Build, name: str) -> float:
    """What one accelerator of a build takes of a size: of an item or class by its id, or of all whose id begins so ('cowos')."""
    if name in build.uses:
        return build.uses[name]
    return sum((q for item, q in build.uses.items() if item.startswith(f"{name}_")), 0.0)
