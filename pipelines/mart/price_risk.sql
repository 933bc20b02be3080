-- How much traded inputs have moved: the shocks that have happened, for those whose price history is known.
-- may be empty: only items with a monthly price history have such figures
-- column item: Name of the item
-- column usd [USD]: Price in use, per unit
-- column unit: Unit of the price
-- column price_volatility [fraction]: Standard deviation of monthly changes over ten years, a year's worth
-- column largest_rise_12_months [fraction]: Largest rise within twelve months since 2000
-- column largest_fall_12_months [fraction]: Largest fall within twelve months since 2000
select i.item_id, i.name as item, i.layer, any_value(p.central) as usd, any_value(p.unit) as unit,
       max(v.central) filter (where v.parameter = 'price_volatility') as price_volatility,
       max(v.central) filter (where v.parameter = 'largest_rise_12_months') as largest_rise_12_months,
       max(v.central) filter (where v.parameter = 'largest_fall_12_months') as largest_fall_12_months
from core.item i
join core.parameter v on v.entity_id = 'item:' || i.item_id and v.status = 'current'
     and v.parameter in ('price_volatility', 'largest_rise_12_months', 'largest_fall_12_months')
left join core.price p on p.item_id = i.item_id and p.status = 'current'
group by i.item_id, i.name, i.layer
