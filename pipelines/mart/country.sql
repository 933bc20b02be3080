-- Countries that the stack depends on: governance, electricity, and how much of the supply of how many items is made there.
-- column political_stability [index]: Political stability and absence of violence; about -2.5 (worst) to 2.5
-- column rule_of_law [index]: Rule of law; about -2.5 (worst) to 2.5
-- column regulatory_quality [index]: Regulatory quality; about -2.5 (worst) to 2.5
-- column government_effectiveness [index]: Government effectiveness; about -2.5 (worst) to 2.5
-- column carbon_intensity [gCO2/kWh]: Emissions of its electricity
-- column electricity_generation [TWh]: Electricity made in a year
-- column items_supplied [count]: Items of which it makes a known part
-- column items_dominated [count]: Items of which it makes more than half
with made as (
  select country, item_id, sum(share_central) as share from (
    select country, item_id, share_central from core.offer
    where item_id not in (select item_id from core.share where supplier_kind = 'country' and status = 'current')
    union all
    select country, item_id, central from core.share where supplier_kind = 'country' and status = 'current'
  ) where share_central is not null group by all
), counted as (select country, count(*) as supplied, count(*) filter (where share > 0.5) as dominated from made group by 1)
select c.country, c.name, c.region,
       max(p.central) filter (where p.parameter = 'governance_political_stability') as political_stability,
       max(p.central) filter (where p.parameter = 'governance_rule_of_law') as rule_of_law,
       max(p.central) filter (where p.parameter = 'governance_regulatory_quality') as regulatory_quality,
       max(p.central) filter (where p.parameter = 'governance_government_effectiveness') as government_effectiveness,
       max(p.central) filter (where p.parameter = 'carbon_intensity') as carbon_intensity,
       max(p.central) filter (where p.parameter = 'electricity_generation') as electricity_generation,
       coalesce(any_value(n.supplied), 0) as items_supplied, coalesce(any_value(n.dominated), 0) as items_dominated
from core.country c
left join core.parameter p on p.entity_id = 'country:' || c.country and p.status = 'current'
left join counted n on n.country = c.country
group by c.country, c.name, c.region
