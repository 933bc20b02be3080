"""What a run prints at its end: the most concentrated inputs, the cost of a useful token, and where to look next."""

from __future__ import annotations

from pipelines.cli.output import say, show
from pipelines.home import Home
from pipelines.stack import Stack

CONCENTRATED = """
select row_number() over (order by hhi_central desc, known_share desc, item_id) as "#", item, layer, largest_name as largest, cr1 as share,
       hhi_low, hhi_central as hhi, hhi_high, round(1 - estimate_share, 2) as sourced
from mart.concentration
where "by" = 'owner' and basis = item_id and hhi_central is not null and known_share > 0.5
  and exists (from graph.edge e where e.source_node = 'item:' || item_id and e.kind = 'requires')
order by 1 limit 10
"""
BY_BOARD = """
select board, status, model, max(chat) as chat, max(coding_agent) as coding_agent, max(retrieval) as retrieval, max(batch) as batch, max(hour_usd) as hour_usd
from (
  select board, board_status as status, model_id as model, hour_usd_central as hour_usd,
         case when workload_id = 'chat' then said end as chat, case when workload_id = 'coding_agent' then said end as coding_agent,
         case when workload_id = 'retrieval' then said end as retrieval, case when workload_id = 'batch' then said end as batch
  from (select *, printf('%.2f (%.2f-%.2f)', usd_central, usd_low, usd_high) as said from mart.useful_token)
)
where model = ?
group by all order by regexp_extract(max(coalesce(chat, batch)), '^[0-9.]+')::double
"""
MODELS = ("llama_3_1_8b", "llama_3_3_70b", "deepseek_v3")


def headlines(home: Home) -> None:
    """Print them from the published file, so that what is shown is what users get."""
    stack = Stack.load(home.published)
    say("The ten most concentrated inputs, by owner (Herfindahl index, 10,000 = one supplier):")
    show(*stack.rows(CONCENTRATED), "table")
    for model in MODELS:
        name = stack.rows("select name from core.model where model_id = ?", [model])[1][0][0]
        say(f"USD per million useful tokens, {name}: central (5th-95th percentile); boards that cannot serve a workload are left blank")
        columns, rows = stack.rows(BY_BOARD, [model])
        keep = [k for k, c in enumerate(columns) if c != "model"]
        show([columns[k] for k in keep], [[row[k] for k in keep] for row in rows], "table")
    target = home.published.resolve()
    say(f"published   {home.published}  ->  {target.name} ({target.stat().st_size / 1e6:.1f} MB)")
    say(f"graph       {home.graphml}")
    say('next        stackgraph concentration · stackgraph cost board --board h100 · stackgraph shock hbm3e=+30% · stackgraph query "select ..." · stackgraph ui')
