-- From the die to the accelerator-hour of each board, component by component.
-- column stage: die, package, accelerator, server or hour
select 'die' as stage, board_id, position, component, low_usd, central_usd, high_usd from cost.die
union all select 'package', board_id, position, component, low_usd, central_usd, high_usd from cost.package
union all select 'accelerator', board_id, position, component, low_usd, central_usd, high_usd from cost.board_cost
union all select 'server', board_id, position, component, low_usd, central_usd, high_usd from cost.server
union all select 'hour', board_id, position, component, low_usd, central_usd, high_usd from cost.accelerator_hour
