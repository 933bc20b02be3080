-- How long the grid makes one wait: interconnection time by region, where it is published.
select region, metric, low, central, high, unit, as_of, grade from core.queue_entry
where status = 'current' and unit in ('months', 'years') order by region, metric
