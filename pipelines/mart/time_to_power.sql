-- How long the grid makes one wait, region by region, and how much of what waits is ever built.
-- column months [months]: Time, as published; quartiles or the range given are low and high
-- column months_low [months]: Lower bound
-- column months_high [months]: Upper bound
-- column withdrawn [fraction]: Part of all requests that were withdrawn, where the region publishes it
-- column publisher: Who published the time
-- column url: Address of the publication
select q.region, q.metric, q.central * f.months as months, q.low * f.months as months_low, q.high * f.months as months_high,
       (select max(w.central) from core.queue_entry w
        where w.region = q.region and w.metric = 'withdrawal_rate_by_projects' and w.status = 'current') as withdrawn,
       q.as_of, q.grade, q.chosen_by, s.publisher, s.url
from core.queue_entry q
join (values ('months', 1.0), ('years', 12.0)) f(unit, months) on f.unit = q.unit
join core.source s using (source_id)
where q.status = 'current'
