-- Clusters and campuses with their power, computing and grid.
-- column power_mw [MW]: Electrical power now
-- column planned_power_mw [MW]: Electrical power when built out
-- column h100_equivalents [count]: Computing power in units of one NVIDIA H100
-- column publisher: Who published the site
-- column url: Address of the publication
select t.site_id, t.name, t.operator, t.users, t.country, t.region, t.cooling, t.board_id, t.status, t.operational, t.latitude, t.longitude,
       max(p.central) filter (where p.parameter = 'power_mw') as power_mw,
       max(p.central) filter (where p.parameter = 'planned_power_mw') as planned_power_mw,
       max(p.central) filter (where p.parameter = 'h100_equivalents') as h100_equivalents,
       s.publisher, s.url
from core.site t
join core.source s using (source_id)
left join core.parameter p on p.entity_id = 'site:' || t.site_id and p.status = 'current'
group by all
