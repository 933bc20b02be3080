"""List prices of model APIs as LiteLLM keeps them: a second collection beside `model_prices`.

BerriAI, github.com/BerriAI/litellm, model_prices_and_context_window.json, MIT. `model.csv` says which of its models
are our reference models. Where the two collections differ both stay, each under its own source.

The snapshot holds the 158 offers of reference models among the 3,494 that `connector.parse` reads in the copy of the list
that the package litellm 1.110.2 of 20 November 2026 carries (model_prices_and_context_window_backup.json).

Traps: prices are per token, not per million. The name of a model mostly begins with its provider, and the same model stands
there once for each region and alias. The first entry is an example whose values are explanations. Zero for both
input and output mostly stands for a model that runs at home or within a subscription, not for a price: such entries are
no prices here. Some models have their prices only as tiers of length. Prices for batches, priority and other service tiers
have keys of their own, and so have tiers (`..._above_200k_tokens`); new ones are added every few weeks.
"""
