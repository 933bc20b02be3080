"""What anybody would look for in a graph of the AI stack is there: as nodes with suppliers, requirements and figures."""

from __future__ import annotations

import pytest

from tests.command import Tables

COVERAGE = {
    "GPUs": [
        "item:data_centre_gpu", "board:h100", "board:h200", "board:b200", "board:b300", "board:gb200", "board:gb300", "board:vr200",
        "board:mi300x", "board:mi325x", "board:mi355x",
    ],
    "custom ASICs": ["item:custom_ai_asic", "item:ai_asic_fabrication", "item:asic_design_service"],
    "HBM": ["item:hbm", "item:hbm2e", "item:hbm3", "item:hbm3e", "item:hbm4"],
    "NVLink": ["item:nvlink", "item:nvlink_switch"],
    "InfiniBand": ["item:infiniband", "item:infiniband_switch"],
    "co-packaged optics": ["item:co_packaged_optics"],
    "packaging substrates": ["item:ic_substrate", "item:abf_substrate", "item:bt_substrate", "item:abf_film", "item:t_glass"],
    "ultra-pure silicon": ["item:polysilicon", "item:silicon_wafer"],
    "photoresists": ["item:photoresist", "item:photoresist_euv", "item:photoresist_arf", "item:photoresist_krf"],
    "specialty gases": [
        "item:specialty_gas", "item:nitrogen_trifluoride", "item:tungsten_hexafluoride", "item:neon", "item:krypton", "item:xenon",
        "item:helium",
    ],
    "substations": ["item:substation", "item:power_transformer", "item:mv_switchgear"],
    "nuclear PPAs": ["item:nuclear_ppa"],
    "renewable PPAs": ["item:renewable_ppa"],
    "interconnection": ["item:grid_interconnection"],
    "direct-to-chip liquid cooling": ["item:direct_to_chip_cooling", "item:cdu", "item:quick_disconnect"],
    "immersion cooling": ["item:immersion_cooling", "item:immersion_tank"],
    "cold plates": ["item:cold_plate"],
    "coolants": ["item:coolant_pg25", "item:dielectric_fluid"],
    "coding agents": ["item:coding_agent"],
    "IDEs": ["item:ide"],
    "inference servers": ["item:inference_server"],
    "model gateways": ["item:model_gateway"],
    "retrieval pipelines": ["item:retrieval_pipeline"],
    "evaluation systems": ["item:evaluation_system"],
    "grounded assistants": ["item:grounded_assistant"],
    "leading-edge foundry": ["item:leading_edge_wafer", "item:wafer_n5", "item:wafer_n3", "item:wafer_n2"],
    "CoWoS": ["item:advanced_packaging", "item:cowos_s", "item:cowos_l", "item:cowos_r"],
    "Samsung Foundry": ["item:wafer_sf4x", "board:groq_lp30"],
    "Intel Foundry": ["item:wafer_18a", "item:emib"],
    "Google TPU": ["board:tpu_v5e", "board:tpu_v5p", "board:tpu_v6e", "board:tpu_v7", "board:tpu_8t", "board:tpu_8i"],
    "Amazon Trainium and Inferentia": ["board:trainium2", "board:trainium3", "board:inferentia2"],
    "Microsoft Maia": ["board:maia100", "board:maia200"],
    "OpenAI Titan": ["board:openai_titan"],
    "Groq LPU": ["board:groq_lpu_v1", "board:groq_lp30"],
    "Cerebras WSE": ["board:cerebras_wse3"],
    "Etched Sohu": ["board:etched_sohu"],
    "Taalas": ["board:taalas_hc1"],
}  # fmt: skip
"""What it is called -> the nodes that stand for it."""
NODES = sorted({node for nodes in COVERAGE.values() for node in nodes})
MAKERS = {
    "board:tpu_v5p": {"google", "broadcom", "tsmc"},
    "board:tpu_v6e": {"google", "broadcom", "tsmc"},
    "board:tpu_v7": {"google", "broadcom", "tsmc"},
    "board:trainium2": {"annapurna_labs", "tsmc"},
    "board:trainium3": {"annapurna_labs", "tsmc"},
    "board:inferentia2": {"annapurna_labs", "tsmc"},
    "board:maia100": {"microsoft", "tsmc"},
    "board:maia200": {"microsoft", "tsmc"},
    "board:openai_titan": {"openai", "broadcom", "tsmc"},
    "board:groq_lp30": {"samsung_foundry"},
    "board:cerebras_wse3": {"cerebras", "tsmc"},
    "board:etched_sohu": {"etched", "tsmc"},
    "board:taalas_hc1": {"taalas", "tsmc"},
    "board:h100": {"nvidia", "tsmc"},
    "board:mi300x": {"amd", "tsmc"},
}
OFFERS = {
    "item:wafer_n5": "tsmc", "item:wafer_n3": "tsmc", "item:wafer_n2": "tsmc", "item:cowos_s": "tsmc", "item:cowos_l": "tsmc",
    "item:leading_edge_wafer": "tsmc", "item:wafer_sf4x": "samsung_foundry", "item:wafer_18a": "intel_foundry",
    "item:emib": "intel_foundry",
}  # fmt: skip
BEGINNINGS = {
    "item:model_gateway": "software that runs on what the servers are made of",
    "item:coolant_pg25": "a mixture of bulk chemicals, which are no items",
    "item:helium": "a by-product of natural gas, whose supply does not follow from it",
    "item:photoresist": "resins and photoacids are no items",
    "item:photoresist_euv": "resins and photoacids are no items",
    "item:photoresist_arf": "resins and photoacids are no items",
    "item:photoresist_krf": "resins and photoacids are no items",
    "item:t_glass": "its raw materials are no items",
    "item:cdu": "pumps and heat exchangers are no items",
    "item:quick_disconnect": "a machined part of common metals",
    "item:immersion_tank": "a tank of common metals",
}
"""Nodes that require nothing here."""
ENDS = {
    "item:hbm": "a class: boards and servers need one of its kinds",
    "item:photoresist": "a class: wafers need one of its kinds",
    "item:specialty_gas": "a class: wafers need one of its kinds",
    "item:ic_substrate": "a class: boards need one of its kinds",
    "item:co_packaged_optics": "one of two ways to build a switch, not yet a requirement of any cluster",
    "item:wafer_18a": "no board of this list is made on it yet",
    "item:emib": "no board of this list is packaged with it yet",
    "item:ai_asic_fabrication": "a market: boards need the wafers of a process",
}
"""Items that nothing here requires."""


def with_kinds(tables: Tables, node: str) -> list[str]:
    """The node and, where it is a class, the kinds of it: what supplies a kind supplies the class."""
    kinds = tables.column(
        "with recursive kind as (select ? as node union select e.source_node from graph.edge e join kind k on e.target_node = k.node "
        "where e.kind = 'part_of' and e.source_node like 'item:%' and e.target_node like 'item:%') select node from kind",
        node,
    )
    return sorted(kinds)


def and_offers(tables: Tables, nodes: list[str]) -> list[str]:
    """The nodes and their offers: what an item requires, each of its offers requires."""
    return [*nodes, *tables.column("select 'offer:' || offer_id from core.offer where 'item:' || item_id in (select unnest(?))", nodes)]


@pytest.mark.parametrize("name", COVERAGE)
def test_it_is_in_the_graph(tables: Tables, name: str) -> None:
    there = set(tables.column("select node_id from graph.node where node_id in (select unnest(?))", COVERAGE[name]))
    assert set(COVERAGE[name]) - there == set()


@pytest.mark.parametrize("node", NODES)
def test_somebody_supplies_it(tables: Tables, node: str) -> None:
    suppliers = tables.column(
        "select source_node from graph.edge where kind = 'supplies' and target_node in (select unnest(?))", with_kinds(tables, node)
    )
    assert suppliers


@pytest.mark.parametrize("node", NODES)
def test_it_requires_something(tables: Tables, node: str) -> None:
    ends = and_offers(tables, with_kinds(tables, node))
    inputs = tables.column("select source_node from graph.edge where kind = 'requires' and target_node in (select unnest(?))", ends)
    assert bool(inputs) is (node not in BEGINNINGS)


@pytest.mark.parametrize("node", [n for n in NODES if n.startswith("item:")])
def test_something_requires_it(tables: Tables, node: str) -> None:
    ends = and_offers(tables, [node])
    users = tables.column("select target_node from graph.edge where kind = 'requires' and source_node in (select unnest(?))", ends)
    assert bool(users) is (node not in ENDS)


@pytest.mark.parametrize("node", NODES)
def test_it_has_a_figure(tables: Tables, node: str) -> None:
    names = with_kinds(tables, node)
    figures = tables.value(
        "select count(*) from (select entity_id as node, status, central from core.parameter "
        "union all select 'item:' || item_id, status, central from core.price "
        "union all select 'item:' || item_id, status, central from core.share) "
        "where status = 'current' and central is not null and node in (select unnest(?))",
        names,
    )
    assert figures > 0


@pytest.mark.parametrize("board", MAKERS)
def test_a_board_names_who_designs_and_who_makes_it(tables: Tables, board: str) -> None:
    named = tables.rows("select designer, design_partner, foundry, packager from core.board where 'board:' || board_id = ?", board)[0]
    organisations = {name for cell in named if cell for name in cell.split(";")}
    assert MAKERS[board] <= organisations
    upstream = set(
        tables.column(
            "with recursive up as (select ? as node, 0 as steps union select e.source_node, u.steps + 1 from graph.edge e join up u "
            "on e.target_node = u.node where u.steps < 2) select distinct node from up",
            board,
        )
    )
    assert {f"org:{name}" for name in MAKERS[board]} <= upstream


@pytest.mark.parametrize("item", OFFERS)
def test_a_process_is_offered_by_its_foundry(tables: Tables, item: str) -> None:
    assert OFFERS[item] in tables.column("select organisation_id from core.offer where 'item:' || item_id = ?", item)


def test_power_contracts_name_nuclear_and_renewable_plants(tables: Tables) -> None:
    made = set(tables.column("select distinct technology from core.power_contract where status = 'current'"))
    assert made >= {"nuclear_existing", "nuclear_restart", "smr", "wind_solar", "geothermal"}
    assert tables.value("select count(*) from core.power_contract where capacity_mw_central is not null") >= 20


def test_interconnection_queues_tell_capacity_and_waiting_time(tables: Tables) -> None:
    units = set(tables.column("select distinct unit from core.queue_entry where status = 'current' and central is not null"))
    assert units & {"MW", "GW"}
    assert units & {"months", "years", "days"}
    assert tables.value("select count(distinct region) from core.queue_entry where status = 'current' and central is not null") >= 5
