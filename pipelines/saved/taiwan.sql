-- What Taiwan makes: share of each item's supply that is produced there.
select item, layer, sum(share_central) as share_in_taiwan, string_agg(distinct supplier, ', ' order by supplier) as suppliers
from mart.supplier where country = 'TWN' and share_central is not null
group by all having sum(share_central) >= 0.3 order by share_in_taiwan desc, item
