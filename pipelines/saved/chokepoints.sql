-- Inputs that one owner group supplies by more than 80%, and how many things need them directly.
select c.item, c.layer, c.largest_name, c.cr1, c.estimate_share,
       (select count(*) from graph.edge e where e.source_node = 'item:' || c.item_id and e.kind = 'requires') as direct_dependents
from mart.concentration c
where c."by" = 'owner' and c.basis = c.item_id and c.cr1 > 0.8
order by direct_dependents desc, c.cr1 desc
