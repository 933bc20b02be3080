"""Compiles the daily simulation ahead: `python -m graph.risk.compile`, part of the set-up, so that no run waits for it.

numba keeps what it compiled beside the source, or in the user's cache where that cannot be written, until the source changes.
"""

from __future__ import annotations

from graph.risk.network import Link, Site, Slot, network
from graph.risk.simulation import FEW, losses, outage, simulate


def main() -> None:
    """Run the smallest network once as one scenario and once as a block of them: each way is compiled for itself."""
    pair = network({"maker": Site(1.0), "user": Site(1.0, (Slot("part", 1.0, (Link("maker", 1.0, 1),)),))})
    for scenarios in (1, FEW):
        simulate(pair, [losses({"maker": 1.0}, outage(1, 1))] * scenarios, 1, one_of_many=True)


if __name__ == "__main__":
    main()
