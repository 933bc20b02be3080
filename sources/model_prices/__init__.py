"""List prices of model APIs, from the data inside the installed package genai-prices: no file, no network.

Pydantic Services, genai-prices, github.com/pydantic/genai-prices, MIT. The vintage is the version of the package; the
lock pins it, so that a run is repeatable. `model.csv` says which of its models are our reference models.

Traps: prices are functions of time (dated steps, hours of the day), so they are read at one fixed instant, noon UTC of
`retrieved_at`. Tiers are cliffs in the length of the request: the base tier is given and `is_tiered` set. A missing
price of cached input is unknown, not zero. A price of zero input and output is a promotion. Resellers repeat the offers
of others, and some of the figures were copied from them; other collections differ for about one model in eight.
"""
