-- For each model and workload, which board on sale gives the cheapest million useful tokens, and how sure is that?
select workload_id, model_id, board, round(usd_central, 2) as usd, round(usd_low, 2) as low, round(usd_high, 2) as high,
       round(served_usd_central, 3) as served_usd
from mart.useful_token
where board_status = 'shipping' and model_id in ('llama_3_1_8b', 'llama_3_3_70b', 'deepseek_v3') and workload_id in ('coding_agent', 'batch')
qualify row_number() over (partition by workload_id, model_id order by usd_central) = 1
order by workload_id, model_id
