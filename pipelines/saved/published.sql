-- How far do our costs lie from published ones?
select quantity, what, board, round(published_central, 3) as published, round(ours_low, 3) as low, round(ours_central, 3) as ours, round(ours_high, 3) as high, unit,
       round(ratio, 2) as "ours / published", is_inside, conflict, publisher, as_of
from mart.published_comparison
where relation = 'same'
order by abs(ln(ratio)) desc
limit 25
