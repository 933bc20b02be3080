-- For each model and workload, the board that can be bought now with the lowest cost per million useful tokens.
select workload_id, model_id, board, usd_central, usd_low, usd_high, speed_tok_s_user
from mart.useful_token where board_status = 'shipping'
qualify row_number() over (partition by workload_id, model_id order by usd_central) = 1
order by workload_id, model_id
