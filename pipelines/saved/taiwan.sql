-- What is made in Taiwan: the share of each item's supply, and by whom?
select item, layer, round(sum(share_central), 2) as in_taiwan, string_agg(distinct supplier, ', ' order by supplier) as suppliers
from mart.supplier
where country = 'TWN' and layer in ('foundry', 'packaging', 'memory', 'boards')
group by all having in_taiwan >= 0.3
order by in_taiwan desc, item limit 8
