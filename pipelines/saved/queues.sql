-- How many months does the grid make one wait?
select region, replace(metric, '_', ' ') as metric, round(central * case unit when 'years' then 12 else 1 end) as months, as_of, grade
from core.queue_entry
where status = 'current' and unit in ('months', 'years')
order by months desc limit 8
