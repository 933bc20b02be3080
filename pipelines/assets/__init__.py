"""The assets: one per table, in the order of the stack."""
