-- Every price and parameter in use or in conflict, with its source: one long list to search.
-- column entity_id: What it is a figure of
-- column figure: Name of the figure
-- column publisher: Who published it
-- column title: Title of the publication
-- column url: Address of the publication
select p.entity_id, p.parameter as figure, p.low, p.central, p.high, p.unit, p.as_of, p.grade, p.status, s.publisher, s.title, s.url, p.locator, p.note
from core.parameter p join core.source s using (source_id)
union all
select 'item:' || p.item_id, 'price', p.low, p.central, p.high, p.unit, p.as_of, p.grade, p.status, s.publisher, s.title, s.url, p.locator, p.note
from core.price p join core.source s using (source_id)
