-- Of what each country imports of an item, from whom: bilateral dependence by value.
-- may be empty: only a run that asks UN Comtrade fills it
-- column item: Name of the item
-- column usd [USD]: Value of the imports that are this item
-- column import_share [fraction]: Part of the reporter's imports of the item that comes from this partner
-- column import_hhi [ratio]: Herfindahl index of the reporter's import partners for the item, 0 to 10,000
with flow as (
  select reporter, item_id, partner, year, sum(central) as usd, min(grade) as grade from core.trade_flow where status = 'current' group by all
), shared as (select *, usd / sum(usd) over (partition by reporter, item_id, year) as import_share from flow)
select s.reporter, s.item_id, i.name as item, s.partner, s.year, s.usd, s.import_share,
       10000 * sum(s.import_share * s.import_share) over (partition by s.reporter, s.item_id, s.year) as import_hhi, s.grade
from shared s join core.item i using (item_id)
