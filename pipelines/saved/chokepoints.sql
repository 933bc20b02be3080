-- Which inputs does one owner group supply almost alone, and how much of the stack needs them directly?
select item, layer, largest_name, round(cr1, 2) as share, round(1 - estimate_share, 2) as sourced,
       (select count(distinct consumer_id) from core.requirement r where r.input_id = c.item_id and r.status = 'current') as needed_by
from mart.concentration c
where "by" = 'owner' and basis = item_id and cr1 > 0.8
order by needed_by desc, share desc, item limit 8
