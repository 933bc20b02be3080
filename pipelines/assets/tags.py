"""Tags of runs that mean something to the assets."""

LIVE = "stackgraph/live"
"""A run that asks publishers: 'all', or 'due' for those whose last good check is old enough."""
