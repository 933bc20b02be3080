-- What a million useful tokens cost on each board, for each model and workload it can serve.
-- column board: Name of the board
-- column board_status: shipping, announced or retired
-- column primary_or_secondary_share [fraction]: Part of the cost whose prices were published
select u.board_id, b.name as board, b.status as board_status, u.model_id, u.workload_id, u.usd_low, u.usd_central, u.usd_high,
       u.with_rework_usd_central, u.served_usd_central, s.input_usd_central, s.output_usd_central, u.hour_usd_central, s.chips, s.batch,
       s.precision_bits, s.speed_tok_s_user, s.ttft_s, s.latency_met_share, u.useful_part, u.attempts, u.deployment_id,
       (select coalesce(sum(e.share), 0) from cost.cost_evidence e
        where e.board_id = u.board_id and e.model_id = u.model_id and e.workload_id = u.workload_id and e.grade in ('primary', 'secondary'))
         as primary_or_secondary_share
from cost.useful_token u
join cost.served_token s using (board_id, model_id, workload_id)
join core.board b using (board_id)
