-- How concentrated the supply of each item is, by firm, owner and country, with names.
-- column item: Name of the item
-- column layer: Layer of the stack
-- column largest_name: Name of the largest supplier
select h.item_id, i.name as item, i.layer, h."by", h.rank, h.hhi_low, h.hhi_central, h.hhi_high, h.band, h.band_is_certain,
       h.largest, coalesce(o.name, c.name) as largest_name, h.cr1, h.cr3, h.effective_suppliers, h.known_share, h.suppliers_named,
       h.primary_share, h.secondary_share, h.derived_share, h.estimate_share, h.governance_risk, h.governance_hhi, h.basis, h.finding
from risk.hhi h
join core.item i using (item_id)
left join core.organisation o on o.organisation_id = h.largest and h."by" <> 'country'
left join core.country c on c.country = h.largest and h."by" = 'country'
