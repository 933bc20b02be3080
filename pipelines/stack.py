"""The Python face: one published version, to be asked.

from pipelines.stack import Stack

stack = Stack.load()
stack.sql("select * from mart.useful_token where board_id = 'h100'")
stack.concentration(by="country")
stack.shock({"hbm3e": 0.3})
stack.graph          # a networkx.DiGraph
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.home import home

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from graph.cost.figures import Figures
    from graph.cost.harness_results import HarnessAnswer
    from graph.cost.rollup import Step
    from graph.cost.sensitivity_results import Sensitivity
    from graph.cost.site_choice_results import SiteTables
    from graph.cost.trace import Trace

Parameters = list[Any] | dict[str, Any] | None
"""Values for `?` or `$name` in a query."""
READ_ONLY = {"enable_external_access": "false", "lock_configuration": "true"}
"""The published file and nothing else: no other file, no extension, no way to switch that off."""


COST_RECORDS = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site")


class NothingPublished(FileNotFoundError):
    """There is no published file yet."""


class Stack:
    """A published version, opened read-only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def load(cls, path: Path | str | None = None) -> Stack:
        """Open the newest published version, or the file given.

        Raises
        ------
        NothingPublished
            There is none.
        """
        file = Path(path) if path else home().published
        if not file.exists():
            raise NothingPublished(f"nothing is published at {file}: run `stackgraph run` (or `make run`) first")
        return cls(duckdb.connect(str(file.resolve()), read_only=True, config=READ_ONLY), file)

    def sql(self, query: str, parameters: Parameters = None) -> pd.DataFrame:
        """A query's result as a frame."""
        return self.connection.execute(query, parameters or []).df()

    def rows(self, query: str, parameters: Parameters = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """(column names, rows) without pandas."""
        cursor = self.connection.execute(query, parameters or [])
        if cursor is None or not cursor.description:  # a comment alone, or nothing
            return [], []
        return [d[0] for d in cursor.description], cursor.fetchall()

    def ids(self, table: str, column: str) -> list[str]:
        """All values of an id column."""
        return [str(r[0]) for r in self.connection.execute(f'select "{column}" from {table} order by 1').fetchall()]

    def concentration(self, by: str = "firm") -> pd.DataFrame:
        """mart.concentration in one view, most concentrated first."""
        return self.sql('select * from mart.concentration where "by" = ? order by rank nulls last', [by])

    def cost(self, board: str | None = None, model: str | None = None, workload: str | None = None) -> pd.DataFrame:
        """mart.useful_token, cheapest first."""
        return self.sql(
            "select * from mart.useful_token where board_id = coalesce(?, board_id) and model_id = coalesce(?, model_id) "
            "and workload_id = coalesce(?, workload_id) order by usd_central",
            [board, model, workload],
        )

    def sensitivity(self, board: str, model: str, workload: str) -> Sensitivity:
        """What moves the cost of one deployment, and how sure it is: frames `elasticity` and `band`, as in schema cost.

        Raises
        ------
        NotServed
            The board cannot serve the model for the workload.
        """
        from graph.cost.sensitivity_results import sensitivity

        return sensitivity(self._chain, (board, model, workload))

    def trace(self, board: str, model: str, workload: str) -> Trace:
        """The whole chain behind one deployment as a program: evaluate it for other figures, differentiate it, print it.

        Raises
        ------
        NotServed
            The board cannot serve the model for the workload.
        """
        from graph.cost.figures import Figures
        from graph.cost.trace import Tracer

        core = self._chain
        figures = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
        return Tracer(core, figures).trace((board, model, workload))

    @cached_property
    def _chain(self) -> dict[str, pd.DataFrame]:
        """The core tables that the cost chain reads, by name."""
        from pipelines.warehouse import tidy

        names = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site")
        return {name: tidy(self.sql(f"select * from core.{name}")) for name in names}

    def boards(self, workload: str, model: str, min_speed: float | None = None, max_ttft: float | None = None) -> pd.DataFrame:
        """Every board against a latency profile: the cheapest per useful token first, then those that do not fit, each with the reason.

        Parameters
        ----------
        min_speed : output tokens per second that each user sees at least; that of the workload where None
        max_ttft : seconds to the first token at most; that of the workload where None

        Raises
        ------
        MissingFigure
            A board or the model lacks a figure, such as a memory; it is named.
        """
        import pandas as pd

        from graph.cost.board_match import match
        from graph.cost.figures import Figures

        core = self._chain
        asked = {"min_speed": min_speed, "max_ttft": max_ttft}
        known = {f"workload:{workload}.{name}": value for name, value in asked.items() if value is not None}
        figures = Figures(core["parameter"], core["price"], core["requirement"]).with_known(known)
        return pd.DataFrame([one.row() for one in match(core, figures, model, workload)])

    def harness(self, board: str, model: str, workload: str, to: str | None = None) -> HarnessAnswer:
        """The harness of one deployment as stages, and each lever of it against new boards: frames `stages` (columns of
        cost.harness_stage) and `choices` (of cost.harness_or_silicon).

        Parameters
        ----------
        to : the new board; the cheapest and the newest that ship unless said

        Raises
        ------
        NotServed
            A board cannot serve the model for the workload.
        """
        from graph.cost.harness_results import harness_answer

        return harness_answer(self._chain, self.sql("select * from cost.useful_token"), [(board, model, workload)], to)

    def frontier(self, model: str, workload: str, board: str | None = None, speculation: bool = False) -> pd.DataFrame:
        """Rows as of cost.frontier, for any model and workload.

        Raises
        ------
        MissingFigure
            A board or the model lacks a figure, such as a memory; it is named.
        """
        from graph.cost.figures import Figures
        from graph.cost.frontier import frontier, hour_prices

        core = self._chain
        figures = Figures(core["parameter"], core["price"], core["requirement"])
        keys = [(b, model, workload) for b in core["board"]["board_id"] if board in (None, b)]
        return frontier(core, figures, hour_prices(core, figures), keys, [speculation])

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """The dependency graph; every edge points downstream."""
        from graph.build import digraph
        from pipelines.warehouse import tidy

        return digraph(tidy(self.sql("select * from graph.node")), tidy(self.sql("select * from graph.edge")))

    @cached_property
    def bill(self) -> dict[str, Step]:
        """The cost chain at central values: node -> what one unit takes, adds and earns."""
        from graph.cost.rollup import step

        inputs: dict[str, dict[str, float]] = {}
        for consumer, needed, amount in self.rows("select consumer, input, central from cost.price_edge")[1]:
            inputs.setdefault(consumer, {})[needed] = amount
        return {
            node: step(inputs.get(node, {}), own, margin)
            for node, own, margin in self.rows("select node_id, own_usd, gross_margin from cost.price")[1]
        }

    def node(self, name: str) -> str:
        """A price node by its id: 'hbm3e' and 'item:hbm3e' are the same; 'board:h100' is itself.

        Raises
        ------
        KeyError
            No step of the cost chain has this id.
        """
        for candidate in (name, f"item:{name}", f"board:{name}"):
            if candidate in self.bill:
                return candidate
        raise KeyError(name)

    def nodes(self, name: str) -> list[str]:
        """The price nodes that an id stands for: a class ('hbm') is itself and all of its kinds, for what is bought is a kind.

        A kind that the class is made of is left out: its price is felt in that of the class, and would rise twice.

        Raises
        ------
        KeyError
            No step of the cost chain has this id, nor does a kind of it.
        """
        kinds: dict[str, list[str]] = {}
        for kind, of in self.rows("select item_id, part_of from core.item where part_of is not null order by item_id")[1]:
            kinds.setdefault(f"item:{of}", []).append(f"item:{kind}")
        plain = name if ":" in name else f"item:{name}"
        found, left = [], list(kinds.get(plain, ()))
        while left:
            one = left.pop(0)
            found.append(one)
            left += kinds.get(one, ())
        try:
            found.insert(0, self.node(name))
        except KeyError:
            if not any(one in self.bill for one in found):
                raise
        priced = [one for one in found if one in self.bill]
        return [one for one in priced if not any(one in self.bill[other].inputs for other in priced)]

    def records(self) -> tuple[dict[str, pd.DataFrame], Figures]:
        """The records that the cost chain is computed from, by table name, and its figures in draws."""
        from graph.cost.figures import Figures
        from pipelines.warehouse import tidy

        core = {name: tidy(self.sql(f"select * from core.{name}")) for name in COST_RECORDS}
        return core, Figures(core["parameter"], core["price"], core["requirement"])

    def own_or_buy(
        self,
        own: list[str],
        against: list[str],
        model: str,
        workload: str,
        volume: float | None = None,
        nre_usd: float | None = None,
    ) -> pd.DataFrame:
        """Break-even volumes of own chips against bought ones (columns of cost.own_vs_buy), for a volume and a design cost of yours."""
        from graph.cost.headline import SMALL_MODEL
        from graph.cost.model import price_everything, serviceable
        from graph.cost.own_or_buy import own_vs_buy

        core, figures = self.records()
        core["model"] = core["model"][core["model"]["model_id"].isin((model, SMALL_MODEL))]
        core["workload"] = core["workload"][core["workload"]["workload_id"] == workload]
        priced = price_everything(core, figures, *serviceable(core, figures.at_center()))
        return own_vs_buy(priced, core, figures, own, against, [(model, workload)], nre_usd, volume)

    def sites(self, workload: str, model: str, board: str | None = None, network: str = "scale_out_network") -> SiteTables:
        """What a useful token costs in every region with a tariff: frames `choice`, `effect` and `fabric`, with the columns of
        cost.site_choice, cost.site_effect and cost.fabric.

        Parameters
        ----------
        board : one; every board that ships and serves this where None
        network : what joins the servers: the mix in use, 'ethernet_fabric', 'infiniband', or 'network_1k', 'network_10k',
            'network_100k' by the cluster's accelerators

        Raises
        ------
        NotServed
            The board cannot serve the model for the workload, or no board can.
        """
        from graph.cost.headline import SMALL_MODEL
        from graph.cost.model import price_everything, serviceable
        from graph.cost.site_choice_results import site_tables
        from graph.cost.trace import NotServed
        from pipelines.warehouse import tidy

        core, figures = self.records()
        core["queue_entry"] = tidy(self.sql("select * from core.queue_entry"))
        core["model"] = core["model"][core["model"]["model_id"].isin((model, SMALL_MODEL))]
        core["workload"] = core["workload"][core["workload"]["workload_id"] == workload]
        priced = price_everything(core, figures, *serviceable(core, figures.at_center()))
        ships = core["board"].loc[core["board"]["status"] == "shipping", "board_id"]
        keys = [(b, model, workload) for b in (ships if board is None else [board]) if (b, model, workload) in priced.deployments]
        if not keys:
            why = priced.refused.get((str(board), model, workload), "no board that ships can serve it")
            raise NotServed(f"{board or 'a board'}/{model}/{workload} has no cost: {why}")
        return site_tables(priced, core, figures, keys, network)

    def shock(self, changes: dict[str, float]) -> pd.DataFrame:
        """Useful-token costs after relative price changes (0.3 is +30%; of a class, of all its kinds), under both rules for margins.

        Columns: board_id, model_id, workload_id, usd_low, usd_central, usd_high (before), usd_percent_margin and
        usd_dollar_margin (after, at central values), change_percent_margin and change_dollar_margin (fractions).

        Raises
        ------
        KeyError, ValueError
            An id is unknown; something is changed twice.
        """
        from graph.cost.rollup import prices

        base = prices(self.bill)
        by: dict[str, float] = {}
        for name, change in changes.items():
            for node in self.nodes(name):
                if by.setdefault(node, change) != change:
                    raise ValueError(f"{node} is changed twice: by {by[node]:+.0%} and, in {name}, by {change:+.0%}")
        added = {node: change * base[node] for node, change in by.items()}
        after = {rule: prices(self.bill, added, rule, base) for rule in ("percent", "dollar")}  # type: ignore[arg-type]
        frame = self.sql("select board_id, model_id, workload_id, usd_low, usd_central, usd_high from cost.useful_token")
        nodes = "useful:" + frame["board_id"] + "/" + frame["model_id"] + "/" + frame["workload_id"]
        for rule in ("percent", "dollar"):
            frame[f"usd_{rule}_margin"] = [float(after[rule][n]) for n in nodes]
            frame[f"change_{rule}_margin"] = frame[f"usd_{rule}_margin"] / frame["usd_central"] - 1
        return frame.sort_values("change_percent_margin", ascending=False, key=abs, ignore_index=True)

    def optimise(
        self, workload: str | Mapping[str, float], *, power_mw: float | None = None, latency_ms: float | None = None,
        capital_usd: float | None = None, model: str | None = None, months: float | None = None,
        supply: Mapping[str, float] | None = None, demand: float | None = None, goal: str = "cost",
        boards: Sequence[str] | None = None, sites: Sequence[str] | None = None, contracts: Sequence[str] | None = None, builds: int = 1,
    ) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
        """The best plan under limits and what each limit is worth: frames with the columns of cost.optimum and cost.shadow_price.

        Parameters
        ----------
        workload : one, or several with their parts of the useful tokens, which sum to one
        power_mw : MW at the meter; latency_ms : between two tokens of one user; capital_usd : servers, network, facility
        months : until there is power, at most; supply : item, class or beginning of an id -> amount for the whole plan
        demand : million useful tokens a year; goal : without a demand, 'cost' (per useful token) or 'output'
        sites : reference sites, or regions with a tariff; every reference site where None
        builds : boards at places in one plan, at most

        Raises
        ------
        Impossible
            No plan meets the limits; it names a smallest set of them that is in conflict.
        ValueError
            A limit is not positive, parts do not sum to one, an id is unknown, or nothing limits the size of a plan.
        """
        from graph.cost.headline import HEADLINE_MODEL
        from graph.cost.optimum_answer import CORE, Planner
        from graph.cost.planning import CAPITAL, POWER
        from pipelines.warehouse import tidy

        parts = {workload: 1.0} if isinstance(workload, str) else dict(workload)
        sizes = {name: value for name, value in {POWER: power_mw, CAPITAL: capital_usd, **(supply or {})}.items() if value is not None}
        for name, value in {**sizes, "latency_ms": latency_ms, "months": months, "demand": demand, **parts}.items():
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"{name} must be a positive number, got {value!r}")
        if abs(sum(parts.values()) - 1.0) > 1e-6:
            raise ValueError(f"the workloads' parts of the useful tokens must sum to one, got {sum(parts.values()):g}")
        if goal not in ("cost", "output"):
            raise ValueError(f"goal is 'cost' or 'output', got {goal!r}")
        read = CORE if sites is None else (*CORE, "queue_entry")
        core = {name: tidy(self.sql(f"select * from core.{name}")) for name in read}
        planner = Planner(core, model or HEADLINE_MODEL, boards, sites, contracts)
        return planner.tables(planner.question(parts, latency_ms, sizes, months, demand, goal, builds))  # type: ignore[arg-type]
