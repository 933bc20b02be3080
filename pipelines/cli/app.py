"""The commands and their options; what each does lies in the module it calls."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

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
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows at most.")]


@app.command()
def run(
    select: Annotated[
        str | None, typer.Option(help="Only these assets: a Dagster selection such as 'group:materials' or 'key:\"risk/hhi\"'.")
    ] = None,
) -> None:
    """Materialise everything from the snapshots, publish, and print the headlines."""
    with told():
        from pipelines.cli.run import materialise

        materialise(select)


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
def query(
    sql: Annotated[str, typer.Argument(help="An SQL query, or @name of a saved one; '@' alone lists those.")],
    format: FormatOption = Format.table,
) -> None:
    """Ask the published database in SQL. It cannot be written, and nothing else can be read."""
    with told():
        from pipelines.cli.query import ask

        ask(sql, format.value)


@app.command()
def describe(
    name: Annotated[str | None, typer.Argument(help="A schema, a table, or table.column; nothing lists all tables.")] = None,
    format: FormatOption = Format.table,
) -> None:
    """Say what a table or a column means, and in which unit."""
    with told():
        from pipelines.cli.describe import describe_name

        describe_name(name, format.value)


@app.command()
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
def cost(
    metric: Annotated[
        str, typer.Argument(help="useful_token, served_token, accelerator_hour, server, board, package, die, wafer or price.")
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


@app.command()
def shock(
    changes: Annotated[list[str], typer.Argument(help="Price changes: hbm3e=+30% electricity=-10% board:h100=+20%.")],
    board: Annotated[str | None, typer.Option(help="Only this board.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    workload: Annotated[str | None, typer.Option(help="Only this workload.")] = None,
    limit: LimitOption = 20,
    format: FormatOption = Format.table,
) -> None:
    """Change prices anywhere upstream and see what the useful token then costs."""
    with told():
        from pipelines.cli.cost import show_shock

        show_shock(changes, board, model, workload, limit, format.value)


@app.command()
def sources(
    stale: Annotated[bool, typer.Option("--stale", help="Only those older than their cadence.")] = False,
    format: FormatOption = Format.table,
) -> None:
    """List the sources: who publishes them, under which terms, how old, how many rows, how well graded."""
    with told():
        from pipelines.cli.sources import show_sources

        show_sources(stale, format.value)


def main() -> None:
    """The entry point of the command `stackgraph`."""
    app()
