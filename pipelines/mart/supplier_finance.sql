-- What suppliers have in stock, have promised to buy, and earn, from their own filings.
-- column inventory_usd [USD]: Inventory at the end of the period
-- column days_of_inventory [days]: Inventory in days of cost of revenue
-- column purchase_commitments_usd [USD]: What it has promised to buy
-- column gross_margin [fraction]: Gross margin of the whole company
-- column period_end: Newest end of a period among these figures
-- column items_supplied [count]: Items of which it is a known supplier
select o.organisation_id, o.name, o.country,
       max(p.central) filter (where p.parameter = 'inventory') as inventory_usd,
       max(p.central) filter (where p.parameter = 'days_of_inventory') as days_of_inventory,
       max(p.central) filter (where p.parameter = 'purchase_commitments') as purchase_commitments_usd,
       max(p.central) filter (where p.parameter = 'gross_margin') as gross_margin,
       max(p.as_of) as period_end,
       (select count(distinct f.item_id) from core.offer f where f.organisation_id = o.organisation_id) as items_supplied
from core.organisation o
join core.parameter p on p.entity_id = 'org:' || o.organisation_id and p.status = 'current'
group by o.organisation_id, o.name, o.country
