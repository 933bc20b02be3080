-- Of the cost of a useful token, who earns gross margin: share by layer, mean over the boards that can be bought now.
select workload_id, layer, avg(share) as margin_share
from cost.cost_by_layer join core.board using (board_id)
where part = 'margin' and status = 'shipping' and model_id = 'llama_3_3_70b'
group by all order by workload_id, margin_share desc
