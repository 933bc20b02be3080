"""What it costs: the chain from the wafer to the useful token, as quantities, prices and margins."""
