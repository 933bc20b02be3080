"""The cost chain, written once: from items to the accelerator-hour of each board, as steps of a bill (METHODS 5.1 to 5.8).

    item:wafer_n5 -> die:h100 -> package:h100 -> board:h100 -> server:h100 -> hour:h100

Names are the nodes: `item:` anything of the graph, `die:`, `io_die:`, `package:`, `board:` (the accelerator as sold),
`server:` and `network:` (one accelerator's part of them), `hour:` (one clock hour of one accelerator). What each
takes of the others is computed here from the figures; what it then costs is `graph.cost.rollup`'s business, so that a
change of any price anywhere moves everything above it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd

from graph.build import NETWORK
from graph.cost import silicon, site
from graph.cost.figures import Figures, MissingFigure
from graph.cost.rollup import Contradiction, Step, prices
from graph.cost.traced import Number, central, held, named
from sources.frames import records_of, rows_of
from sources.records import Board

ZERO = np.zeros(())
ONE = np.ones(())
FACILITY = {"air": "facility_air", "liquid": "facility_liquid"}
COOLING = {"air": "air_cooling", "liquid": "direct_to_chip_cooling"}


def item_bill(items: pd.DataFrame, requirements: pd.DataFrame, boards: Iterable[str], figures: Figures) -> dict[str, Step]:
    """Steps of all items that have a price.

    An item traded in value (unit USD) costs one USD per USD. The own cost of an item is what its price leaves after
    the margin and the inputs whose amount is known; inputs of unknown amount are inside it.

    Raises
    ------
    Contradiction
        At central values an item's inputs cost more than its public price leaves after the margin.
    MissingFigure
        An input has an amount but no price.
    """
    is_money = dict(zip(items["item_id"], items["unit"] == "USD", strict=True))
    price = {i: ONE if money else figures.find(f"item:{i}.price") for i, money in is_money.items()}
    inputs = _item_inputs(requirements, set(boards), figures)
    bill: dict[str, Step] = {}
    for item_id, value in price.items():
        if value is None:
            continue
        margin = _margin(item_id, figures)
        loss = figures.find(f"item:{item_id}.yield")
        taken = {}
        for needed, amount in inputs.get(item_id, {}).items():
            if price.get(needed) is None:
                raise MissingFigure(f"item:{needed}.price", f"the price of {item_id}, which takes {needed},", f"item:{item_id}")
            taken[f"item:{needed}"] = amount / (loss if loss is not None else ONE)
        kept = value * (1.0 - (margin if margin is not None else ZERO))
        spent = sum((q * _known(price, k.removeprefix("item:")) for k, q in taken.items()), ZERO)
        # Your own contract may lie below what the inputs cost others; a public price that does is a contradiction.
        if central(kept - spent) < 0 and not figures.is_own(f"item:{item_id}.price"):
            circle, nodes = _circle(inputs, item_id)
            raise Contradiction(
                f"the inputs of {item_id} cost {central(spent):.4g} USD, more than its price leaves after the margin "
                f"({central(kept):.4g} USD): a quantity, a price or the margin is wrong{circle}",
                nodes,
            )
        bill[f"item:{item_id}"] = Step(taken, held(kept - spent), margin if margin is not None else ZERO)
    return bill


def _circle(inputs: Mapping[str, Mapping[str, Number]], item_id: str) -> tuple[str, set[str]]:
    """('; it needs itself, in a cycle: ...' or '', the item and its inputs as nodes, or all nodes of that cycle)"""
    graph: nx.DiGraph[str] = nx.DiGraph((consumer, needed) for consumer, taken in inputs.items() for needed in taken)
    back = [nx.shortest_path(graph, needed, item_id) for needed in inputs[item_id] if nx.has_path(graph, needed, item_id)]
    if not back:
        return "", {f"item:{i}" for i in (item_id, *inputs[item_id])}
    shortest = [item_id, *min(back, key=len)]
    return f"; it needs itself, in a cycle: {' needs '.join(shortest)}", {f"item:{i}" for i in shortest}


def _known(price: dict[str, Number | None], item_id: str) -> Number:
    value = price[item_id]
    if value is None:
        raise MissingFigure(f"item:{item_id}.price", "the bill")
    return value


def _item_inputs(requirements: pd.DataFrame, boards: set[str], figures: Figures) -> dict[str, dict[str, Number]]:
    """consumer -> input -> amount per unit, alternatives weighted by today's mix; boards are left to their own chain."""
    rows = requirements[(requirements["status"] == "current") & requirements["central"].notna() & ~requirements["input_id"].isin(boards)]
    found: dict[str, dict[str, Number]] = {}
    for row in rows_of(rows):
        consumer, needed = row["consumer_id"], row["input_id"]
        amount = figures.get(f"quantity:{row['requirement_id']}", consumer) * row["mix"]
        taken = found.setdefault(consumer, {})
        taken[needed] = taken.get(needed, ZERO) + amount
    return found


def board_bill(
    boards: pd.DataFrame, items: dict[str, Step], requirements: pd.DataFrame, figures: Figures, only: Collection[str] | None = None
) -> dict[str, Step]:
    """Steps from the die to the accelerator-hour of every board, or of some, on top of the items' bill."""
    inputs = _item_inputs(requirements, set(boards["board_id"]), figures)
    base = prices(items)
    bill: dict[str, Step] = {}
    for board in records_of(boards if only is None else boards[boards["board_id"].isin(only)], Board):
        bill |= silicon_steps(board, figures)
        bill[f"board:{board.board_id}"] = accelerator_step(board, inputs.get(board.board_id, {}), {**items, **bill}, base, figures)
        server = server_step(board, inputs.get(board.system_item, {}), requirements, figures)
        if (price := price_of_server(board, boards["system_item"], figures)) is not None:
            server = _bought_whole(board, server, price, requirements, bill, base, figures)
        bill[f"server:{board.board_id}"] = server
        bill[f"hour:{board.board_id}"] = hour_step(board, figures)
    return bill


def silicon_steps(board: Board, figures: Figures) -> dict[str, Step]:
    """`die:`, `io_die:` and `package:` of a board (METHODS 5.2 to 5.4)."""
    name = board.board_id
    need = figures.of(f"board:{name}", f"the package of {name}")
    steps: dict[str, Step] = {}
    dies = need("compute_die_count")
    steps[f"die:{name}"] = _die_step(name, board.wafer_item, need("compute_die_area"), figures, "compute")
    taken = {f"die:{name}": dies}
    bonded = dies
    io_dies = figures.find(f"board:{name}.io_die_count")
    if board.io_wafer_item and io_dies is not None:
        steps[f"io_die:{name}"] = _die_step(name, board.io_wafer_item, need("io_die_area"), figures, "io")
        taken[f"io_die:{name}"] = io_dies
        bonded = bonded + io_dies
    if board.memory_item:
        taken[f"item:{board.memory_item}"] = need("memory_capacity")
        bonded = bonded + need("hbm_stack_count")
    taken["item:abf_substrate"] = need("substrate_area")
    taken["item:package_assembly"] = ONE
    process = figures.of(f"item:{board.packaging_item or 'package_assembly'}", f"the package of {name}")
    if board.packaging_item:
        taken[f"item:{board.packaging_item}"] = 1.0 / _packages_per_wafer(name, need("interposer_area"), process, figures)
        # Bumps are paid per area bonded: what sits on the interposer, and the interposer on the substrate.
        bumps = (process("ubump_usd_per_mm2") + process("c4_bump_usd_per_mm2")) * need("interposer_area")
    else:
        bumps = process("c4_bump_usd_per_mm2") * need("compute_die_area") * dies
    good = named(silicon.package_yield(bonded, process("bond_yield"), process("final_yield")), f"package:{name}.yield", "fraction")
    bonding_usd = bumps + process("package_test_usd")
    steps[f"package:{name}"] = Step({k: q / good for k, q in taken.items()}, bonding_usd / good, ZERO)
    return steps


def _packages_per_wafer(name: str, area: Number, process: Callable[[str], Number], figures: Figures) -> Number:
    """Good interposers of one packaging wafer: a published count where there is one, else from geometry and yield."""
    stated = figures.find(f"board:{name}.packages_per_wafer")
    if stated is not None:
        return stated
    good = silicon.negative_binomial_yield(area, process("interposer_defect_density"), process("interposer_nb_alpha"))
    return silicon.dies_per_wafer(area) * good


def _die_step(name: str, wafer: str, area: Number, figures: Figures, which: str) -> Step:
    """A known good die: its part of a wafer."""
    stated = figures.find(f"board:{name}.{which}_dies_per_wafer")
    if stated is not None:  # a published count of good dies, or one wafer-sized die
        return Step({f"item:{wafer}": 1.0 / stated}, ZERO, ZERO)
    process = figures.of(f"item:{wafer}", f"the {which} die of {name}")
    gross = silicon.dies_per_wafer(area, process("wafer_diameter"), process("edge_exclusion"), process("scribe_width"))
    gross = named(gross, f"{which}_die:{name}.per_wafer", "die")
    units = figures.find(f"board:{name}.{which}_die_units")
    spares = figures.find(f"board:{name}.{which}_die_spares")
    blocks, spare = (int(central(units)), int(central(spares))) if units is not None and spares is not None else (1, 0)
    density, alpha = process("defect_density"), process("nb_alpha")
    repairable = (
        figures.get("global:silicon.repairable_share", f"the {which} die of {name}, sold with blocks switched off") if spare else ONE
    )
    good = named(silicon.die_yield(area, density, alpha, blocks, spare, repairable), f"{which}_die:{name}.yield", "fraction")
    return Step({f"item:{wafer}": silicon.wafers_per_good_die(gross, good)}, ZERO, ZERO)


def _margin(item_id: str, figures: Figures) -> Number | None:
    """The gross margin of who sells an item, where it is known; Contradiction where it is negative at its centre."""
    margin = figures.find(f"item:{item_id}.gross_margin")
    if margin is not None and central(margin) < 0:
        raise Contradiction(
            f"item:{item_id}.gross_margin is {central(margin):g}: it would be sold for less than it costs. A margin in the chain lies "
            "between 0 and 1 at its centre; its range may reach below 0",
            {f"item:{item_id}"},
        )
    return margin


def accelerator_step(board: Board, parts: dict[str, Number], bill: dict[str, Step], base: dict[str, Number], figures: Figures) -> Step:
    """The accelerator as sold: package, the module's parts (its requirements), test, its share of the design; then the seller's margin.

    Where a price is published the margin is what the price leaves over the cost; where none is, the price is the
    cost and a margin given as a range.
    """
    name = board.board_id
    taken = {f"package:{name}": ONE} | {f"item:{k}": q for k, q in parts.items()}
    values = _with_package(name, bill, base)
    parts_usd = _cost(Step({k: q for k, q in taken.items() if k.startswith("item:")}, ZERO, ZERO), values)
    test = figures.find(f"board:{name}.test_usd")
    module = figures.find(f"board:{name}.board_components_usd")
    design, volume = figures.find(f"board:{name}.design_cost"), figures.find(f"board:{name}.lifetime_volume")
    own = test if test is not None else ZERO
    if module is not None:  # what of the module's parts no requirement itemises
        own = own + held(np.maximum(module - parts_usd, 0.0))
    if design is not None and volume is not None:
        own = own + design / volume
    price = figures.find(f"board:{name}.price")
    if price is None:
        return Step(taken, own, figures.get(f"board:{name}.gross_margin", f"the price of {name}, which is not published,"))
    return Step(taken, own, held(1.0 - _cost(Step(taken, own, ZERO), values) / price))


def _with_package(name: str, bill: Mapping[str, Step], base: Mapping[str, Number]) -> dict[str, Number]:
    """What items cost (`base`), and beside it a board's dies and its package, on which nobody has a margin of its own."""
    values = dict(base)
    for node in (f"die:{name}", f"io_die:{name}", f"package:{name}"):
        if node in bill:
            values[node] = _cost(bill[node], values)
    return values


def _cost(step: Step, values: dict[str, Number]) -> Number:
    """What a step's inputs and its own cost come to."""
    return step.own + sum((q * values[i] for i, q in step.inputs.items()), ZERO)


def server_step(board: Board, parts: dict[str, Number], requirements: pd.DataFrame, figures: Figures) -> Step:
    """One accelerator's part of its server or rack: itself, and the other parts divided by the accelerators in it.

    Assembly is inside the integrator's gross margin: that of this system where it is known, else that of AI servers.
    """
    name = board.board_id
    count = _accelerators_in_system(board, requirements, figures)
    taken = {f"board:{name}": ONE} | {f"item:{k}": q / count for k, q in parts.items()}
    margin = _margin(board.system_item, figures)
    return Step(taken, ZERO, margin if margin is not None else figures.get("item:ai_server.gross_margin", f"the server of {name}"))


def _accelerators_in_system(board: Board, requirements: pd.DataFrame, figures: Figures) -> Number:
    """As the system's requirement says, which may be your own; else as the board's figure does."""
    name = board.board_id
    hosted = requirements[
        (requirements["consumer_id"] == board.system_item) & (requirements["input_id"] == name) & (requirements["status"] == "current")
    ]
    if len(hosted) and pd.notna(hosted["central"].iloc[0]):
        return figures.get(f"quantity:{hosted['requirement_id'].iloc[0]}", f"the server of {name}")
    return figures.get(f"board:{name}.accelerators_per_server", f"the server of {name}")


def price_of_server(board: Board, systems: Iterable[str], figures: Figures) -> str | None:
    """Name of the price at which a board's server or rack is bought as a whole; None where it is built up from its parts.

    That is your own price of a server over its accelerators, or a price in use of the system itself, unless several boards are
    sold in it (`systems` has the system of each board): one price cannot tell them apart.
    """
    of_part = f"board:{board.board_id}.server_price_per_accelerator"
    of_whole = f"item:{board.system_item}.price"
    if figures.is_own(of_part):
        return of_part
    return of_whole if of_whole in figures and sum(system == board.system_item for system in systems) == 1 else None


def _bought_whole(
    board: Board, server: Step, price: str, requirements: pd.DataFrame, bill: dict[str, Step], base: dict[str, Number], figures: Figures
) -> Step:
    """The same server at a known price: the integrator's margin is what the price leaves over its parts."""
    values, accelerator = _with_package(board.board_id, bill, base), f"board:{board.board_id}"
    values[accelerator] = _cost(bill[accelerator], values) / (1.0 - bill[accelerator].margin)
    part = figures.get(price, f"the server of {board.board_id}")
    if price.startswith("item:"):
        part = part / _accelerators_in_system(board, requirements, figures)
    return replace(server, margin=held(1.0 - _cost(server, values) / part))


def hour_step(board: Board, figures: Figures) -> Step:
    """One clock hour of one accelerator: capital, facility, energy, staff (METHODS 5.8)."""
    name, cooling = board.board_id, board.cooling
    of_site = figures.of("global:site", "the accelerator-hour")
    taken = site.hour_inputs(
        power_kw=figures.get(f"board:{name}.power_per_accelerator", f"the accelerator-hour of {name}"),
        wacc=of_site("wacc"),
        it_life_years=of_site("it_life"),
        facility_life_years=of_site("facility_life"),
        maintenance_share=of_site("maintenance_share"),
        power_load_factor=of_site("power_load_factor"),
        pue=figures.get(f"item:{COOLING[cooling]}.pue", f"the accelerator-hour of {name}"),
        staff_usd_per_kw_year=of_site("staff_usd_per_kw_year"),
        interconnection_delay_months=of_site("interconnection_delay"),
    )
    named(taken.server, f"hour:{name}.servers", "server per accelerator-hour")
    named(taken.facility, f"hour:{name}.facility", "MW of facility per accelerator-hour")
    named(taken.electricity, f"hour:{name}.electricity", "MWh")
    inputs = {f"server:{name}": taken.server, f"item:{FACILITY[cooling]}": taken.facility, "item:electricity": taken.electricity}
    inputs[f"item:{NETWORK}"] = taken.network
    return Step(inputs, taken.staff_usd, ZERO)
