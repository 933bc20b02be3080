"""The capital of one accelerator at work: its part of server, network and facility."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graph.build import NETWORK
from graph.cost.chain import FACILITY
from graph.cost.site import KW_PER_MW
from graph.cost.traced import Number
from sources.records import Board

HARDWARE = ("server", "network")
EVERYTHING = (*HARDWARE, "facility")


def capital_inputs(board: Board, kilowatts: Number, parts: tuple[str, ...] = EVERYTHING) -> dict[str, Number]:
    """Node -> amount of it that one accelerator takes; kilowatts: its IT power, kW."""
    one = np.ones(())
    nodes = {"server": (f"server:{board.board_id}", one), "network": (f"item:{NETWORK}", one)}
    nodes["facility"] = (f"item:{FACILITY[board.cooling]}", kilowatts / KW_PER_MW)
    return dict(nodes[part] for part in parts)


def capital_usd(board: Board, kilowatts: Number, usd: Mapping[str, Number]) -> Number:
    """What these cost, USD; `usd`: prices by node."""
    return sum((amount * usd[node] for node, amount in capital_inputs(board, kilowatts).items()), np.zeros(()))
