"""Our tables as a network for the daily simulation.

Nodes are items, boards and sites, and, where a requirement names its supplier, that supplier's part of an item
(`maker:hbm3e@sk_hynix`). Offers are parts of their item's capacity: losing a country takes the offers in it. The makers of
an item are taken to hold its inputs in common, so that those who are left may use all of the stock (optimistic).

All flows are relative: each node's normal use of an input is 1. With no published split of an item among its users,
each user of a scarce item gets the same part of what it normally takes.

What lasts is told from what is used up by units and layers: equipment in a process that is counted in wafers, GB or square
metres; anything counted in MW, MVA or pieces in a flow counted in MWh or hours; boards under software; and what is paid for
once per design. Such inputs add to an installed base (`Slot.turnover`); losing them slows growth and replacement, it does not stop output.
Inputs that are not essential degrade output and never stop it: they are left out.

Installed software (an item of which a life is given, `assumptions.INSTALLED`) is two nodes: `item:ide` makes copies, `installed:ide`
is the copies at work, which need what the software needs and wear at the pace of that life. A system of servers and the board in it are
joined in `built:h100`, which takes the board and the system around it; everybody who wants accelerators or servers takes what is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from graph.risk import assumptions as assumed
from graph.risk.assumptions import Bound
from graph.risk.makers import Frames, Maker, Place, held_by, parts_lost
from graph.risk.network import Array, Network
from graph.risk.scenario import Case, Shock
from graph.risk.simulation import Loss, losses, outage
from graph.risk.supply_build import Builder

TOKENS, HOURS, ACCELERATORS = "item:useful_token", "item:accelerator_hour", "item:ai_accelerator"
CORE = ("item", "offer", "requirement", "share", "board", "site", "site_timeline", "organisation", "parameter")
"""The core tables a network is made from."""


@dataclass(frozen=True)
class Supply:
    """A network made from our tables.

    net, world : the network, and the same without its sites, which take next to nothing: for what is asked of all else, in less time
    makers : node -> who makes it and where
    evidence : one row per slot of the network, in its order: stock, transit, lead time, and where each comes from (the grade of
        the requirement, 'assumed', or why there is none)
    boards, sites : the targets among the nodes
    built : for each of the boards, the node at which it can be used: the system that it is built into, or the board where none is known
    bound : the end of all ranges that it stands for; 'low' is the thin end, at which a loss takes the high share
    """

    net: Network
    world: Network
    makers: Mapping[str, list[Maker]]
    evidence: pd.DataFrame
    boards: tuple[str, ...]
    built: tuple[str, ...]
    sites: tuple[str, ...]
    bound: Bound = "central"

    @property
    def targets(self) -> tuple[str, ...]:
        return (TOKENS, HOURS, ACCELERATORS, *self.boards, *self.sites)

    def hit(self, shocks: tuple[Shock, ...]) -> dict[str, float]:
        """Node -> part of its capacity that the shocks take, at this end of the ranges of the shares."""
        return parts_lost(self.makers, shocks, self.bound)

    def in_world(self, hit: Mapping[str, float]) -> dict[str, float]:
        """What of a loss is not at single sites; `item:accelerator_hour` loses with them."""
        return {node: part for node, part in hit.items() if node in self.world.index}

    def held_by(self, kind: Place) -> dict[str, dict[str, float]]:
        """Place -> node -> the part of its capacity there."""
        return held_by(self.makers, kind, self.bound)

    def losses(self, case: Case, days: int, start: int = 0) -> list[Loss]:
        """A scenario for `simulate`."""
        return self.during(case.shocks, outage(days, case.duration_days, start, case.recovery_days, case.recovery_shape))

    def during(self, shocks: tuple[Shock, ...], course: Array) -> list[Loss]:
        """The losses of shocks along a course."""
        return losses(self.hit(shocks), course)


def supply_network(core: Frames, bound: Bound = "central") -> Supply:
    """The network behind the boards, sites and tokens.

    Parameters
    ----------
    core : core table name (`CORE`) -> frame
    bound : which end of all ranges of stocks, transits and lives to take
    """
    return supply_networks(core, (bound,))[bound]


def supply_networks(core: Frames, bounds: tuple[Bound, ...] = assumed.BOUNDS) -> dict[str, Supply]:
    """The same network at several ends of the ranges; the tables are read once."""
    builder = Builder(core)
    return {bound: Supply(*builder.build(bound)) for bound in bounds}
