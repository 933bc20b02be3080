-- What others have published that something costs, beside ours, with who published it and where.
-- column board: Name of the board
-- column publisher: Who published the figure
-- column title: Title of the publication
-- column url: Address of the publication
select c.published_id, c.quantity, c.scope, c.what, b.name as board, c.item_id, c.model_id, c.relation, c.published_low, c.published_central,
       c.published_high, c.ours_low, c.ours_central, c.ours_high, c.unit, c.ratio, c.is_inside, c.ranges_overlap, c.conflict, c.conflicts_with,
       c.rests_on, c.known_share, c.difference, s.publisher, s.title, s.url, c.as_of, c.grade, c.note
from cost.published_comparison c
join core.source s using (source_id)
left join core.board b using (board_id)
