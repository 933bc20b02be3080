"""The commands and their options; what each does lies in the module it calls."""

from __future__ import annotations

import atexit
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from pipelines.cli.errors import told

app = typer.Typer(
    name="stackgraph",
    help="The AI infrastructure stack as one dependency graph: where it is concentrated, and what a useful token costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


class By(StrEnum):
    firm = "firm"
    owner = "owner"
    country = "country"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the result.")]


def rows_at_most(context: typer.Context, parameter: typer.CallbackParam, value: int) -> int:
    """A table is cut to what a screen holds; what is read by a program is whole, unless a limit was asked for.

    Options that were given are read before those that were not: `format` is known here where it is not the default.
    """
    asked = context.get_parameter_source(parameter.name or "")
    is_whole = asked is not None and asked.name == "DEFAULT" and context.params.get("format") in (Format.json, Format.csv)
    return sys.maxsize if is_whole else value


LimitOption = Annotated[
    int, typer.Option("--limit", "-n", min=1, callback=rows_at_most, help="Rows at most; JSON and CSV have all unless it is given.")
]


AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="The state of a past day, as YYYY-MM-DD.")]


def named_folder(text: str) -> Path:
    """A folder by its name; an empty one, as of a shell variable that is not set, would be the folder one stands in."""
    if not text.strip():
        raise typer.BadParameter("it names no folder; expected the folder of your own facts")
    return Path(text)


OverlayOption = Annotated[
    Path | None, typer.Option("--overlay", metavar="DIR", parser=named_folder, help="With your own facts from this folder.")
]


def chosen(as_of: str | None, overlay: Path | None) -> None:
    """Put the two options where every part of the program looks for them."""
    if as_of is not None:
        from datetime import UTC, datetime

        from pipelines.cli.errors import Unusable

        try:
            day = datetime.strptime(as_of, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise Unusable(f"--as-of takes a day as YYYY-MM-DD, got {as_of!r}") from None
        if day > datetime.now(UTC):
            raise Unusable(f"--as-of takes a day of the past, {as_of} lies ahead")
        os.environ["STACKGRAPH_AS_OF"] = day.date().isoformat()
    if overlay is not None:
        os.environ["STACKGRAPH_OVERLAY"] = str(overlay)


def refuse(context: typer.Context, options: Iterable[str], why: str) -> None:
    """Options that somebody gave, and that do not bear on what was asked, are an error: nothing is passed over in silence.

    Parameters
    ----------
    options : names of parameters that do not belong here; why : what they ask about, and what is asked instead
    """
    from pipelines.cli.errors import Unusable

    called = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    given = [called[name] for name in options if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"]
    if given:
        raise Unusable(f"{' and '.join(given)} {'asks' if len(given) == 1 else 'ask'} {why}")


def reads(command: Callable[..., None]) -> Callable[..., None]:
    """A command that reads the published file: it takes --as-of and --overlay."""

    @wraps(command)
    def with_choice(*arguments: Any, as_of: str | None = None, overlay: Path | None = None, **options: Any) -> None:
        with told():
            chosen(as_of, overlay)
        command(*arguments, **options)

    signature = inspect.signature(command, eval_str=True)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in (("as_of", AsOfOption), ("overlay", OverlayOption))
    ]
    with_choice.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])  # type: ignore[attr-defined]
    with_choice.__annotations__ = {**inspect.get_annotations(command, eval_str=True), "as_of": AsOfOption, "overlay": OverlayOption}
    return with_choice


@app.command()
def run(
    select: Annotated[
        str | None, typer.Option(help="Only these assets: a Dagster selection such as 'group:cost' or 'key:\"risk/hhi\"'.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the publishers for what is new first.")] = False,
    as_of: AsOfOption = None,
    overlay: OverlayOption = None,
) -> None:
    """Materialise everything, publish, and print the headlines; offline unless --live."""
    with told():
        from pipelines.cli.errors import Unusable
        from pipelines.cli.run import materialise

        chosen(as_of, overlay)
        if live and as_of is not None:
            raise Unusable("--live and --as-of exclude each other: what is new today was not known then")
        materialise(select, live)


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI, with the schedules running."""
    with told():
        from pipelines.cli.ui import serve

        serve(host, port)


@app.command()
@reads
def query(
    sql: Annotated[str, typer.Argument(help="An SQL query, or @name of a saved one; '@' alone lists those.")],
    format: FormatOption = Format.table,
) -> None:
    """Ask the published database in SQL. It cannot be written, and nothing else can be read."""
    with told():
        from pipelines.cli.query import ask

        ask(sql, format.value)


@app.command()
@reads
def describe(
    name: Annotated[str | None, typer.Argument(help="A schema, a table, or table.column; nothing lists all tables.")] = None,
    format: FormatOption = Format.table,
) -> None:
    """Say what a table or a column means, and in which unit."""
    with told():
        from pipelines.cli.describe import describe_name

        describe_name(name, format.value)


@app.command()
@reads
def concentration(
    item: Annotated[str | None, typer.Argument(help="An item; nothing ranks all of them.")] = None,
    by: Annotated[By, typer.Option(help="Whose shares.")] = By.firm,
    layer: Annotated[str | None, typer.Option(help="Only items of this layer.")] = None,
    limit: LimitOption = 20,
    format: FormatOption = Format.table,
) -> None:
    """Show where supply is concentrated: Herfindahl index with bounds, by firm, owner or country."""
    with told():
        from pipelines.cli.risk import show_concentration

        show_concentration(item, by.value, layer, limit, format.value)


@app.command()
@reads
def cost(
    metric: Annotated[
        str,
        typer.Argument(
            help="useful_token, served_token, accelerator_hour, server, board, package, die, wafer or price; elasticity and band; margin_by_layer, "
            "margin_shift and profit_pool (who earns), entrant_term (what a board shrinks), own_vs_buy, cost_path (the ways down the stack)."
        ),
    ] = "useful_token",
    board: Annotated[str | None, typer.Option(help="Only this board.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    workload: Annotated[str | None, typer.Option(help="Only this workload.")] = None,
    limit: LimitOption = 1000,
    format: FormatOption = Format.table,
) -> None:
    """Show what things cost, from the wafer to the useful token, with ranges."""
    with told():
        from pipelines.cli.cost import show_cost

        show_cost(metric, board, model, workload, limit, format.value)


@app.command("own-or-buy")
@reads
def own_or_buy(
    board: Annotated[str | None, typer.Argument(help="An own chip: tpu_v7, trainium3, ...; nothing takes all there are.")] = None,
    model: Annotated[str, typer.Option(help="The model served.")] = HEADLINE_MODEL,
    workload: Annotated[str, typer.Option(help="What the tokens are for; both must meet its latency.")] = HEADLINE_WORKLOAD,
    against: Annotated[
        list[str] | None, typer.Option(help="The accelerator bought instead, more than one if repeated; gb200 unless said.")
    ] = None,
    volume: Annotated[float | None, typer.Option(help="Chips that you would make; those of the design unless said.")] = None,
    nre_usd: Annotated[float | None, typer.Option(help="Design and masks, USD; those of the design unless said.")] = None,
    limit: LimitOption = 40,
    format: FormatOption = Format.table,
) -> None:
    """Should we build our own chip? The volume from which on an own design costs less than buying."""
    with told():
        from pipelines.cli.bill import show_own_or_buy

        show_own_or_buy(board, model, workload, against or ["gb200"], volume, nre_usd, limit, format.value)


@app.command()
@reads
def shock(
    changes: Annotated[
        list[str],
        typer.Argument(
            help="Changes of price: hbm3e=+30% electricity=-10% board:h100=+20% copper=worst (largest rise on record); "
            "of supply: cowos=-20%supply."
        ),
    ],
    board: Annotated[str | None, typer.Option(help="Only this board.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    workload: Annotated[str | None, typer.Option(help="Only this workload.")] = None,
    limit: LimitOption = 20,
    format: FormatOption = Format.table,
) -> None:
    """Change prices or supply anywhere upstream: what the useful token then costs, and how many are made."""
    with told():
        from pipelines.cli.shock import show_shock

        show_shock(changes, board, model, workload, limit, format.value)


@app.command()
@reads
def explain(
    what: Annotated[
        str,
        typer.Argument(
            help="item:hbm3e, board:h100.tdp, org:tsmc, country:TWN, source:usgs_mcs; a plain id or name is whatever has it. A row of a risk table: "
            "spof:h100/asml, hhi:gallium, cascade:nittobo, tts_ttr:t_glass, disruption:taiwan_blockade/h100, common_mode:TWN, ... "
            f"The cost of a useful token term by term: cost:gb200/{HEADLINE_MODEL}/{HEADLINE_WORKLOAD}."
        ),
    ],
    limit: LimitOption = 100,
    format: FormatOption = Format.table,
) -> None:
    """Print the rows behind a fact: every figure of it, which one is used and why, where each was published, and of an estimate where a better
    source was looked for."""
    with told():
        from pipelines.cli.explain import show_rows

        show_rows(what, limit, format.value)


class View(StrEnum):
    offer = "offer"
    organisation = "organisation"
    owner = "owner"
    country = "country"
    seat = "seat"
    grid = "grid"


ViewOption = Annotated[
    View,
    typer.Option(
        "--by", help="What is lost: offers, firms, owner groups, what is made in a country, all of the firms seated in one, grid regions."
    ),
]
LossOption = Annotated[str | None, typer.Option("--loss", help="It counts as stopped when it loses this part of its supply: 0.3, 30%.")]


@app.command()
@reads
def chokepoints(
    item: Annotated[str, typer.Argument(help="An item or board: gb200_nvl72, h100.")],
    by: ViewOption = View.organisation,
    loss: LossOption = None,
    limit: LimitOption = 20,
    format: FormatOption = Format.table,
) -> None:
    """Name what single losses stop an item or board, and how much each loss matters, with the evidence it rests on."""
    with told():
        from pipelines.cli.chokepoints import show_chokepoints

        show_chokepoints(item, by.value, loss, limit, format.value)


@app.command()
@reads
def cutsets(
    context: typer.Context,
    item: Annotated[str | None, typer.Argument(help="An item or board of the graph.")] = None,
    files: Annotated[
        list[Path] | None, typer.Argument(help="With --fault-tree: further files of the model, such as its basic events.")
    ] = None,
    fault_tree: Annotated[Path | None, typer.Option(help="A model in the Open-PSA Model Exchange Format, instead of an item.")] = None,
    top: Annotated[str | None, typer.Option(help="Top event of the fault tree; its only head unless said.")] = None,
    max_order: Annotated[int | None, typer.Option(min=1, help="Longest cut sets listed; of an item 2 unless said.")] = None,
    by: ViewOption = View.organisation,
    loss: LossOption = None,
    limit: LimitOption = 50,
    format: FormatOption = Format.table,
) -> None:
    """List the minimal sets of losses that stop an item, or the top event of any fault tree."""
    with told():
        from pipelines.cli.errors import Unusable

        if fault_tree is not None:
            refuse(context, ("by", "loss", "as_of", "overlay"), "about the published graph; --fault-tree about a model of yours in files")
            from pipelines.cli.engines import show_fault_tree

            further = [Path(item)] if item is not None else []
            show_fault_tree([fault_tree, *further, *(files or [])], top, max_order, limit, format.value)
        elif item is None:
            raise Unusable("name an item or board, or a model with --fault-tree")
        elif files or top:
            raise Unusable("further files and --top belong to --fault-tree; one item or board at a time")
        else:
            from pipelines.cli.chokepoints import show_cut_sets

            show_cut_sets(item, by.value, loss, max_order or 2, limit, format.value)


@app.command()
@reads
def cascade(
    organisation: Annotated[str | None, typer.Argument(help="An organisation: whom it hits. Nothing ranks all of them.")] = None,
    firms: Annotated[Path | None, typer.Option(help="CSV of firm, industry, revenue: a network of your own.")] = None,
    links: Annotated[Path | None, typer.Option(help="CSV of supplier, buyer, weight.")] = None,
    essentiality: Annotated[Path | None, typer.Option(help="CSV matrix: supplying industry by buying industry, 0, 1 or 2.")] = None,
    firm: Annotated[list[str] | None, typer.Option(help="Only close these: organisations, or firms of the files.")] = None,
    eps: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Stop when no firm falls by more than this; 0.01 unless said.")
    ] = None,
    market: Annotated[bool | None, typer.Option(help="Rivals replace what a closed firm made, as far as they can.")] = None,
    final_demand: Annotated[bool | None, typer.Option(help="Revenue includes sales to final demand.")] = None,
    finer: Annotated[
        bool, typer.Option("--finer", help="Of files: also each firm's index at eps 0.000001, in CSV and JSON too (a table has it anyway).")
    ] = False,
    limit: LimitOption = 50,
    format: FormatOption = Format.table,
) -> None:
    """Close each organisation, or each firm of a network in files, and see how much of all production falls with it (ESRI)."""
    with told():
        from pipelines.cli import cascade as command
        from pipelines.cli.errors import Unusable

        asked = [*([organisation] if organisation else []), *(firm or [])]
        files = {"--firms": firms, "--links": links, "--essentiality": essentiality}
        missing = [name for name, path in files.items() if path is None]
        if firms and links and essentiality:
            at = 1e-2 if eps is None else eps
            command.show_network(
                (firms, links, essentiality), asked, at, market is not False, final_demand is not False, limit, format.value, finer
            )
        elif len(missing) < len(files):
            raise Unusable(f"a network in files takes --firms, --links and --essentiality: {' and '.join(missing)} missing")
        elif eps is not None or market is not None or final_demand is not None or finer:
            raise Unusable(
                "--eps, --market, --final-demand and --finer belong to a network in files; the published ranking is for eps 0.01 with both, "
                "and beside it stands the index at 0.000001 (esri_finer)"
            )
        elif asked:
            command.show_organisations(asked, limit, format.value)
        else:
            command.show_ranking(limit, format.value)


DaysAhead = Annotated[int, typer.Option("--horizon", min=1, max=3650, help="Days to look ahead.")]
CourseOption = Annotated[bool, typer.Option("--path", help="The course of it instead: stretches of days, each with its binding input.")]


@app.command()
@reads
def disrupt(
    targets: Annotated[
        list[str],
        typer.Argument(
            help="What is lost, several together if more are named: hbm3e, TWN, nittobo, owner:alphabet, region:ERCOT, "
            "offer:tsmc/wafer_n5/TWN, site:..., or one scenario of `stackgraph stress`."
        ),
    ],
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="How long it is lost; 90 days, or as the scenario says.")] = None,
    fraction: Annotated[
        str | None, typer.Option("--fraction", "--loss", help="The part that is lost: 0.6 or 60%; all of it unless said.")
    ] = None,
    horizon: DaysAhead = 365,
    path: CourseOption = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="The shares, stocks and lead times it rests on instead, with their sources.")
    ] = False,
    limit: LimitOption = 20,
    format: FormatOption = Format.table,
) -> None:
    """Lose a country, firm, group, item, plant or site: when it is first felt, through what, and how many tokens it costs."""
    with told():
        from pipelines.cli.disrupt import fraction_of, show_disruption
        from pipelines.cli.errors import Unusable

        if path and evidence:
            raise Unusable("--path and --evidence exclude each other")
        show_disruption(targets, days, fraction_of(fraction), horizon, path, evidence, limit, format.value)


@app.command()
@reads
def stress(
    context: typer.Context,
    scenario: Annotated[str | None, typer.Argument(help="A scenario of the library; nothing lists them.")] = None,
    all: Annotated[bool, typer.Option("--all", help="What every scenario does to every target.")] = False,
    stock: Annotated[str | None, typer.Option(metavar="+30d", help="What so much more stock would buy: +30d, 4w, 1m.")] = None,
    monte_carlo: Annotated[
        int | None, typer.Option("--monte-carlo", metavar="YEARS", min=1, max=100_000, help="Draw so many years.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same years.")] = 0,
    correlation: Annotated[float, typer.Option(min=0, max=1, help="Of the outages of countries in one region.")] = 0.5,
    network: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A network of yours as JSON: time to survive each of its nodes.")
    ] = None,
    horizon: DaysAhead = 365,
    path: CourseOption = False,
    limit: LimitOption = 30,
    format: FormatOption = Format.table,
) -> None:
    """The library of scenarios with reasons and sources; run one, ask what more stock would buy, or draw years at random."""
    with told():
        from pipelines.cli.errors import Unusable

        if network is not None:
            from pipelines.cli.stress_network import show_network

            others = ("scenario", "all", "stock", "monte_carlo", "seed", "correlation", "horizon", "path", "as_of", "overlay")
            refuse(context, others, "about the published graph; --network about a file of yours")
            show_network(network, limit, format.value)
            return
        from pipelines.cli.stress import show_draws, show_everything, show_library, show_scenario, show_stock

        if sum((all, stock is not None, monte_carlo is not None)) > 1 or (scenario is not None and (all or monte_carlo is not None)):
            raise Unusable("one question at a time: a scenario (with --stock or --path), --all, --stock, or --monte-carlo")
        if monte_carlo is not None:
            show_draws(monte_carlo, seed, correlation, limit, format.value)
        elif stock is not None:
            show_stock(scenario, stock, limit, format.value)
        elif all:
            show_everything(limit, format.value)
        elif scenario is not None:
            show_scenario(scenario, horizon, path, limit, format.value)
        else:
            show_library(format.value, limit)


class Goal(StrEnum):
    cost = "cost"
    output = "output"


@app.command()
@reads
def optimise(
    workload: Annotated[list[str], typer.Option(help="What the tokens are for; of several their parts: chat=0.7.")],
    power_mw: Annotated[float | None, typer.Option("--power-mw", help="MW at the meter, everything at full load, at most.")] = None,
    latency_ms: Annotated[
        float | None, typer.Option("--latency-ms", help="Time between two tokens of one user, at most; the workload's own unless said.")
    ] = None,
    capital_usd: Annotated[float | None, typer.Option("--capital-usd", help="Servers, network and facility, at most.")] = None,
    model: Annotated[str | None, typer.Option(help=f"The model served; {HEADLINE_MODEL} unless said.")] = None,
    by: Annotated[str | None, typer.Option(metavar="MONTH", help="Power by the end of this month, such as 2029-06.")] = None,
    supply: Annotated[list[str] | None, typer.Option(help="What there is of an item for the plan: hbm=1e6 (GB), cowos=5000.")] = None,
    demand: Annotated[float | None, typer.Option(help="Million useful tokens a year that must be served.")] = None,
    goal: Annotated[Goal, typer.Option(help="Without a demand: the least cost per useful token, or the most tokens.")] = Goal.cost,
    board: Annotated[list[str] | None, typer.Option(help="Choose among these boards; every one that ships unless said.")] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(help="Choose among these reference sites or regions with a tariff."),
    ] = None,
    contract: Annotated[list[str] | None, typer.Option(help="Choose among these: grid, nuclear, renewable, gas.")] = None,
    builds: Annotated[int, typer.Option(min=1, max=10, help="Boards at places in one plan, at most.")] = 1,
    prices: Annotated[bool, typer.Option("--prices", help="Only what the limits are worth.")] = False,
    limit: LimitOption = 20,
    format: FormatOption = Format.table,
) -> None:
    """Choose board, site, operating point, power and routes for the least cost per useful token under limits, and price the limits."""
    with told():
        from pipelines.cli.errors import Unusable
        from pipelines.cli.optimise import show_optimum

        if demand is not None and goal is Goal.output:
            raise Unusable("--demand says how many tokens there are to be: it goes with --goal cost")
        show_optimum(
            power_mw, latency_ms, capital_usd, workload, model, by, supply or [], demand, goal.value, board or [], site or [],
            contract or [], builds, prices, limit, format.value,
        )  # fmt: skip


@app.command()
@reads
def boards(
    workload: Annotated[str, typer.Option(help="What the tokens are for, such as coding_agent: lengths, cache, acceptance, latency.")],
    model: Annotated[str, typer.Option(help="The model that every board serves.")] = HEADLINE_MODEL,
    min_speed: Annotated[float | None, typer.Option(metavar="TOKENS/S", help="Speed each user sees at least; else the workload's.")] = None,
    max_ttft: Annotated[float | None, typer.Option(metavar="S", help="Seconds to the first token at most; else the workload's.")] = None,
    limit: LimitOption = 50,
    format: FormatOption = Format.table,
) -> None:
    """Match boards to a latency profile: the cheapest per useful token first, and why each of the others loses."""
    with told():
        from pipelines.cli.boards import show_boards

        show_boards(workload, model, min_speed, max_ttft, limit, format.value)


@app.command()
@reads
def sites(
    workload: Annotated[str, typer.Option(help="What the tokens are for.")] = HEADLINE_WORKLOAD,
    model: Annotated[str, typer.Option(help="The model served.")] = HEADLINE_MODEL,
    board: Annotated[str | None, typer.Option(help="Every place for this board; without one, each board at its cheapest place.")] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Only these: us_texas, germany, PJM; every region with a tariff unless said.")
    ] = None,
    contract: Annotated[list[str] | None, typer.Option(help="Only these: grid, nuclear, renewable, gas.")] = None,
    cooling: Annotated[list[str] | None, typer.Option(help="Only these: air, rear_door, direct_to_chip.")] = None,
    network: Annotated[
        str, typer.Option(help="Between servers: the mix in use, ethernet_fabric, infiniband, or network_1k, _10k, _100k by accelerators.")
    ] = "scale_out_network",
    limit: LimitOption = 40,
    format: FormatOption = Format.table,
) -> None:
    """What a useful token costs on each board at each site: power contract, cooling, wait for the grid, with ranges and what is missing."""
    with told():
        from pipelines.cli.sites import show_sites

        show_sites(workload, model, board, region or [], contract or [], cooling or [], network, limit, format.value)


class Part(StrEnum):
    answer = "answer"
    stages = "stages"
    prices = "prices"


@app.command()
@reads
def harness(
    workload: Annotated[str, typer.Option(help="What the tokens are for: coding_agent, chat, retrieval, batch, completion.")],
    model: Annotated[str, typer.Option(help="The model served.")] = HEADLINE_MODEL,
    board: Annotated[str, typer.Option(help="The board that there is.")] = "h100",
    to: Annotated[
        str | None, typer.Option(metavar="BOARD", help="The board that would be bought; the cheapest and the newest unless said.")
    ] = None,
    part: Annotated[
        Part | None,
        typer.Option(
            help="answer: each lever against new silicon; stages: what each takes and gives; prices: at list price. All in a table."
        ),
    ] = None,
    limit: LimitOption = 60,
    format: FormatOption = Format.table,
) -> None:
    """Is tightening the harness worth more than new silicon? Stage by stage, with ranges, odds and what it rests on."""
    with told():
        from pipelines.cli.harness import show_harness

        show_harness(workload, model, board, to, part.value if part else None, limit, format.value)


sources_app = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
app.add_typer(sources_app, name="sources", help="List the sources, or refresh them.")


@sources_app.callback()
@reads
def sources(
    context: typer.Context,
    stale: Annotated[bool, typer.Option("--stale", help="Only those older than their cadence, or whose last refresh failed.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Words of live sources that await a decision.")] = False,
    format: FormatOption = Format.table,
) -> None:
    """List the sources: who publishes them, under which terms, which vintage is in use, how many rows, how well graded, how fresh."""
    if context.invoked_subcommand is not None:
        return
    with told():
        from pipelines.cli.sources import show_review, show_sources

        if review:
            show_review(format.value)
        else:
            show_sources(stale, format.value)


@sources_app.command()
def refresh(
    ids: Annotated[list[str] | None, typer.Argument(help="Sources to ask; nothing asks all live ones.")] = None,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="Also renew the snapshots the repository ships.")] = False,
    even_if_smaller: Annotated[bool, typer.Option("--even-if-smaller", help="Use what has lost many rows, too.")] = False,
    format: FormatOption = Format.table,
) -> None:
    """Ask the publishers for what is new, without a run. Sources that fail keep their last good vintage."""
    with told():
        from pipelines.cli.sources import ask_publishers

        ask_publishers(ids or [], snapshot, even_if_smaller, format.value)


def main() -> None:
    """The entry point of the command `stackgraph`."""
    is_done: list[bool] = []
    atexit.register(leave, is_done)  # what is registered first is called last
    try:
        app()
    except SystemExit as ended:
        if not ended.code:
            is_done.append(True)
        raise


def leave(is_done: list[bool]) -> None:
    """End a process whose work is done without taking its memory apart, which after a run takes more than a second."""
    if not is_done:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more: the interpreter's own end says so
        return
    os._exit(0)
