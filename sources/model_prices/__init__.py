"""List prices of model APIs: genai-prices, from the installed package, or live from the file the package updates itself from.

Pydantic Services, genai-prices, github.com/pydantic/genai-prices, MIT. Without a network the prices are those inside the
installed package, whose version the lock pins. `model.csv` says which of its models are our reference models. LiteLLM's
list (`sources/litellm`) is a second collection, kept beside this one: they differ for about one model in eight.

Traps: prices are functions of time (dated steps, hours of the day): the raw table keeps the steps, and the price is that of
noon UTC on the day of the vintage. Tiers are cliffs in the length of the request: the base tier is given and `is_tiered`
set. A missing price of cached input is unknown, not zero. A price of zero input and output is a promotion. Prices for
service tiers that a caller asks for (`price_variants`) are passed over. Resellers repeat the offers of others, and some of the
figures were copied from them.
"""
