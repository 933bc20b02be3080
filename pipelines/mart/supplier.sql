-- Who supplies what, from where, with which share, how well that is known, and where it was read.
-- column item: Name of the item
-- column layer: Layer of the stack
-- column supplier: Name of the organisation
-- column owner: Name of the organisation at the top of its chain of parents
-- column publisher: Who published the share
-- column title: Title of the publication
-- column url: Address of the publication
select f.offer_id, f.item_id, i.name as item, i.layer, f.organisation_id, o.name as supplier, w.name as owner, f.country,
       f.share_low, f.share_central, f.share_high, f.grade, f.production_grade, s.publisher, s.title, s.url
from core.offer f
join core.item i using (item_id)
join core.organisation o using (organisation_id)
join core.organisation w on w.organisation_id = o.owner_id
join core.source s on s.source_id = f.source_id
