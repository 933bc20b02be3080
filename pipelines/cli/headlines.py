"""What a run prints at its end: the most concentrated inputs, the cost of a useful token, and where to look next."""

from __future__ import annotations

import os
import shlex

from graph.cost.headline import HEADLINE_MODEL, LARGE_MODEL, SHOWN_MODELS
from pipelines.cli.output import say, show
from pipelines.home import AS_OF, OVERLAY, Home
from pipelines.stack import Stack

CONCENTRATED = """
select row_number() over (order by hhi_central desc, dependents desc, item_id) as "#", item, layer, largest_name as largest, cr1 as share,
       hhi_low, hhi_central as hhi, hhi_high, dependents, round(1 - estimate_share, 2) as sourced
from (
  select c.*, (select count(distinct r.consumer_id) from core.requirement r where r.input_id = c.item_id and r.status = 'current') as dependents
  from mart.concentration c where "by" = 'owner' and basis = item_id and hhi_central is not null and known_share > 0.5
) where dependents > 0
order by 1 limit 10
"""
BY_BOARD = """
with priced as (
  select *, printf('%.2f (%.2f-%.2f)', usd_central, usd_low, usd_high) as said,
         first_value(model_id) over (partition by board_id order by list_position($models, model_id)) as shown
  from mart.useful_token where model_id in (from (select unnest($models)))
)
select board, board_status as status, model_id as model, hour_usd_central as hour_usd,
       max(said) filter (where workload_id = 'chat') as chat,
       max(said) filter (where workload_id = 'coding_agent') as coding_agent,
       max(said) filter (where workload_id = 'retrieval') as retrieval,
       max(said) filter (where workload_id = 'batch') as batch
from priced where model_id = shown
group by all
order by model_id desc, min(usd_central) filter (where workload_id = 'coding_agent'), min(usd_central)
"""
BY_LAYER = """
select workload_id as workload, layer, round(median(share) filter (where part = 'own_cost'), 3) as own_cost,
       round(median(share) filter (where part = 'margin'), 3) as margin
from cost.cost_by_layer join core.board using (board_id)
where status = 'shipping' and model_id = $model
group by all having sum(abs(share)) > 0.01 * count(distinct board_id) order by workload_id, sum(share) desc
"""


def headlines(home: Home) -> None:
    """Print them from the published file, so that what is shown is what users get."""
    stack = Stack.load(home.published)
    say(
        "The ten most concentrated inputs, by owner (Herfindahl index, 10,000 = one supplier; of equals, what most things need goes first):"
    )
    show(*stack.rows(CONCENTRATED), "table")
    say("USD per million useful tokens on each board, by workload: central (5th-95th percentile). Blank: the board cannot serve it.")
    show(*stack.rows(BY_BOARD, {"models": list(SHOWN_MODELS)}), "table")
    say(f"Where a dollar of a useful token goes, by layer, median over the boards on sale ({HEADLINE_MODEL}):")
    show(*stack.rows(BY_LAYER, {"model": HEADLINE_MODEL}), "table")
    target = home.published.resolve()
    say(f"published   {home.published}  ->  {target.name} ({target.stat().st_size / 1e6:.1f} MB)")
    say(f"graph       {home.graphml}")
    option = of_this_state()
    say(
        f"next        stackgraph cost --model {LARGE_MODEL}{option} · stackgraph concentration hbm3e{option} · stackgraph shock hbm3e=+30%{option}"
    )
    say(f'            stackgraph query "select * from mart.supplier"{option}{"" if option else " · stackgraph ui"}')


def of_this_state() -> str:
    """The options that ask for the state just made, where it is not the public one of today."""
    given = (("--as-of", os.environ.get(AS_OF)), ("--overlay", os.environ.get(OVERLAY)))
    return "".join(f" {name} {shlex.quote(value)}" for name, value in given if value)
