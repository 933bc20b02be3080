"""The models, and the workload, that stand for all: in headlines, published answers and pictures, and where nothing else is asked."""

from __future__ import annotations

HEADLINE_MODEL = "llama_3_3_70b"
"""One must be named, as nothing here says how much less good a smaller one is: this one nearly every board can serve."""
SMALL_MODEL = "llama_3_1_8b"
"""The model to which a gateway sends what a small model does as well."""
LARGE_MODEL = "deepseek_v3"
"""A mixture of experts beside them."""
SHOWN_MODELS = (HEADLINE_MODEL, SMALL_MODEL)
"""A board is shown with the first of these that it can serve."""
HEADLINE_WORKLOAD = "coding_agent"
