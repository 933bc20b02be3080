-- Who earns the gross margin in a useful token of a coding agent, by layer?
select layer, round(median(share) filter (where part = 'margin'), 3) as margin, round(median(share) filter (where part = 'own_cost'), 3) as own_cost
from cost.cost_by_layer join core.board using (board_id)
where status = 'shipping' and model_id = 'llama_3_3_70b' and workload_id = 'coding_agent'
group by layer order by margin desc, layer limit 8
