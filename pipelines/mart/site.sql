-- Clusters and campuses with their power, computing and grid.
-- column power_mw [MW]: Electrical power now
-- column planned_power_mw [MW]: Electrical power when built out
-- column h100_equivalents [count]: Computing power in units of one NVIDIA H100
-- column carbon_intensity [gCO2/kWh]: Emissions of the electricity of its country
-- column carbon_t_per_year [t/year]: Emissions of its power now, drawn all year from the grid of its country
-- column publisher: Who published the site
-- column url: Address of the publication
select t.site_id, t.name, t.operator, t.users, t.country, t.region, t.cooling, t.board_id, t.status, t.operational, t.latitude, t.longitude,
       max(p.central) filter (where p.parameter = 'power_mw') as power_mw,
       max(p.central) filter (where p.parameter = 'planned_power_mw') as planned_power_mw,
       max(p.central) filter (where p.parameter = 'h100_equivalents') as h100_equivalents,
       any_value(c.central) as carbon_intensity,
       max(p.central) filter (where p.parameter = 'power_mw') * 8.76 * any_value(c.central) as carbon_t_per_year,
       s.publisher, s.url
from core.site t
join core.source s using (source_id)
left join core.parameter p on p.entity_id = 'site:' || t.site_id and p.status = 'current'
left join core.parameter c on c.entity_id = 'country:' || t.country and c.parameter = 'carbon_intensity' and c.status = 'current'
group by t.site_id, t.name, t.operator, t.users, t.country, t.region, t.cooling, t.board_id, t.status, t.operational, t.latitude, t.longitude,
         s.publisher, s.url
