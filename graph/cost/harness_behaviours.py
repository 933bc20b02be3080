"""What each stage of the harness does that can be measured: which figures of the chain it sets, which end of them is the better one.

Seven stages stand between an accelerator-hour and a useful token. A stage takes one quantity of the chain and gives another; its
behaviours are figures of the chain, each with a measured range. Nothing is computed here: `harness_stages` puts the figures into the
chain and reads off what the stage gives and what a useful token costs.
"""

from __future__ import annotations

from dataclasses import dataclass

PLAIN, ALONE, DRAFTED, EXACT, SEMANTIC, FOUND, UNGROUNDED, LEARNED, TOGETHER = (
    "plain", "one_by_one", "drafted", "exact", "semantic", "found", "ungrounded", "learned", "together",
)  # fmt: skip
"""Ways to set up one deployment: as published; one sequence at a time; with drafts; with a cache of equal or of similar questions; with
better or without retrieval; with an editor that learns from what is accepted; with all of these that help."""
EVERYWHERE = ("chat", "coding_agent", "retrieval", "batch", "completion")
QUESTIONS = ("chat", "retrieval")
"""Workloads in which the same is asked again in other words."""
REPEATS = ("chat", "retrieval", "batch")
"""Workloads in which the same call comes again. An agent's context is never the same twice, nor is the text before a cursor."""
QUANTITIES = {
    "input_tokens": ("tokens", "input tokens of an attempt"),
    "fresh_tokens": ("tokens", "fresh tokens that the input of an attempt costs as much as"),
    "output_tokens": ("tokens", "output tokens of an attempt"),
    "decode_seconds": ("s", "accelerator-seconds of an output token"),
    "attempts": ("count", "attempts at a task"),
    "run_by_model": ("fraction", "part of the attempts that a model runs"),
    "run_by_large": ("fraction", "part of the attempts that the large model runs"),
    "gateway_usd": ("USD", "gateway's fee for an attempt"),
    "retrieval_usd": ("USD", "search for an attempt"),
    "tool_usd": ("USD", "tools of an attempt"),
    "judge_tokens": ("tokens", "tokens read and written to judge an attempt"),
    "success": ("fraction", "part of the attempts that are truly good"),
    "accepted": ("fraction", "part of the attempts that are accepted"),
    "good_accepted": ("fraction", "part of the accepted attempts that are truly good"),
    "useful_tokens": ("tokens", "useful tokens of a task"),
}
"""What stages take and give -> (unit, in words)."""


@dataclass(frozen=True)
class Setting:
    """A figure that a behaviour sets.

    figure : its name, `{w}` for the workload and `{k}` for the length of a draft
    is_better_high : which end of its range is the better one
    without : its value where the behaviour is missing; None where that is another set-up, or has no meaning
    """

    figure: str
    is_better_high: bool
    without: float | None = None


@dataclass(frozen=True)
class Behaviour:
    """One measurable behaviour of a stage.

    stage : the item (core.item); takes, gives : of `QUANTITIES`
    setup : the set-up in which it works; missing : the one without it, where that is not a value of its figures
    is_lever : whether its range is one between ways to run the harness, so that the better end can be had by tightening it. False where
        the range is one between tasks, or between studies of the same thing
    assumes : what the computation takes for granted
    """

    stage: str
    name: str
    takes: str
    gives: str
    settings: tuple[Setting, ...]
    workloads: tuple[str, ...] = EVERYWHERE
    setup: str = PLAIN
    missing: str | None = None
    is_lever: bool = True
    assumes: str = ""


SERVER, GATEWAY, RETRIEVAL, EVALUATION = "inference_server", "model_gateway", "retrieval_pipeline", "evaluation_system"
AGENT, EDITOR, ASSISTANT = "coding_agent", "ide", "grounded_assistant"
STAGES = (SERVER, GATEWAY, RETRIEVAL, EVALUATION, AGENT, EDITOR, ASSISTANT)
SUCCESS, KEPT = Setting("workload:{w}.success_rate", True), Setting("workload:{w}.retained", True)
TOOLS = (Setting("workload:{w}.sandbox_seconds", False), Setting("workload:{w}.build_minutes", False))
_LESS = "the range is one between applications, from none of it on; what is done with less can find less"
_KEPT = "the range is one between studies of what stays in use"

BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour(
        SERVER, "batching", "output_tokens", "decode_seconds", (), missing=ALONE, is_lever=False,
        assumes="the batch is the cheapest in time, as in the chain; without it each sequence is decoded alone, by the cheapest group of chips",
    ),
    Behaviour(SERVER, "prefix_cache", "input_tokens", "fresh_tokens", (Setting("workload:{w}.prefix_cache_hit", True, 0.0),)),
    Behaviour(
        SERVER, "speculation", "output_tokens", "decode_seconds", (Setting("item:inference_server.acceptance_length_{k}", True),),
        setup=DRAFTED, missing=PLAIN,
        assumes="acceptance as on seven large mixtures writing code, of which none is a reference model; the draft's memory is left out",
    ),
    Behaviour(
        GATEWAY, "routing", "attempts", "run_by_large", (Setting("workload:{w}.small_model_share", True, 0.0),),
        assumes="what is sent to the small model it does as well as the large one",
    ),
    Behaviour(
        GATEWAY, "exact_cache", "attempts", "run_by_model", (Setting("item:model_gateway.exact_cache_hit", True),),
        REPEATS, EXACT, PLAIN, assumes="a stored answer is as good as a fresh one, and holding it costs nothing",
    ),
    Behaviour(
        GATEWAY, "semantic_cache", "attempts", "run_by_model", (Setting("item:model_gateway.semantic_cache_hit", True),),
        QUESTIONS, SEMANTIC, PLAIN, assumes="the answer to a like question is as good as a fresh one; a wrong match is not counted",
    ),
    Behaviour(GATEWAY, "fee", "attempts", "gateway_usd", (Setting("workload:{w}.gateway_usd", False, 0.0),)),
    Behaviour(
        RETRIEVAL, "retrieval", "input_tokens", "success", (), ("retrieval",), missing=UNGROUNDED, is_lever=False,
        assumes="without passages as many are asked again as item:retrieval_pipeline.reask_reduction, an estimate, says; input as in a conversation",
    ),
    Behaviour(
        RETRIEVAL, "passages", "attempts", "input_tokens", (Setting("workload:{w}.input_tokens", False),), ("retrieval",), is_lever=False,
        assumes="the range is one between applications; fewer passages can find less, and by how much is not on record",
    ),
    Behaviour(
        RETRIEVAL, "missed_passages", "input_tokens", "success", (Setting("item:retrieval_pipeline.failure_rate_top20", False),),
        ("retrieval",), FOUND, assumes="no answer is right whose passage was not found; the workload's success is that at the central miss rate",
    ),
    Behaviour(
        RETRIEVAL, "search", "attempts", "retrieval_usd", (Setting("workload:{w}.retrieval_usd", False),), is_lever=False, assumes=_LESS,
    ),
    Behaviour(
        EVALUATION, "gate", "success", "good_accepted",
        (
            Setting("workload:{w}.gate_tpr", True, 1.0), Setting("workload:{w}.gate_fpr", False, 1.0),
            Setting("workload:{w}.judge_input_tokens", False, 0.0), Setting("workload:{w}.judge_output_tokens", False, 0.0),
        ),
        assumes="without it everything passes and nothing is judged; the loss from bad results that pass is in the cost with rework alone",
    ),
    Behaviour(EVALUATION, "gate_finds_good", "success", "accepted", (Setting("workload:{w}.gate_tpr", True),)),
    Behaviour(EVALUATION, "gate_stops_bad", "success", "good_accepted", (Setting("workload:{w}.gate_fpr", False),)),
    Behaviour(
        EVALUATION, "judge", "attempts", "judge_tokens",
        (Setting("workload:{w}.judge_input_tokens", False), Setting("workload:{w}.judge_output_tokens", False)),
        assumes="a shorter judgement is as sure",
    ),
    Behaviour(AGENT, "success", "attempts", "success", (SUCCESS,), ("coding_agent",), assumes="the best agent and model measured, at the same tokens"),
    Behaviour(
        AGENT, "turns_and_context", "attempts", "input_tokens", (Setting("workload:{w}.input_tokens", False),), ("coding_agent",),
        is_lever=False, assumes="the range is one between tasks as much as between agents",
    ),
    Behaviour(AGENT, "tools", "attempts", "tool_usd", TOOLS, ("coding_agent",), is_lever=False, assumes=_LESS),
    Behaviour(AGENT, "retained", "accepted", "useful_tokens", (KEPT,), ("coding_agent",), is_lever=False, assumes=_KEPT),
    Behaviour(EDITOR, "acceptance", "attempts", "accepted", (SUCCESS,), ("completion",), assumes="a person takes a good suggestion and seldom a bad one"),
    Behaviour(
        EDITOR, "online_learning", "attempts", "accepted", (Setting("item:ide.acceptance_gain_online_learning", True),), ("completion",),
        LEARNED, PLAIN, assumes="the gain of one editor, carried over; the fifth fewer suggestions that it shows are not counted as saved",
    ),
    Behaviour(EDITOR, "retained", "accepted", "useful_tokens", (KEPT,), ("completion",), is_lever=False, assumes=_KEPT),
    Behaviour(
        ASSISTANT, "success", "attempts", "accepted", (SUCCESS,), QUESTIONS, assumes="the best assistant measured, at the same tokens"
    ),
    Behaviour(
        ASSISTANT, "web_search", "attempts", "tool_usd", (Setting("workload:{w}.web_searches", False),), ("chat",), is_lever=False, assumes=_LESS,
    ),
    Behaviour(
        ASSISTANT, "web_search", "attempts", "tool_usd", (Setting("workload:{w}.tool_usd", False),), ("retrieval",), is_lever=False, assumes=_LESS,
    ),
    Behaviour(ASSISTANT, "retained", "accepted", "useful_tokens", (KEPT,), QUESTIONS, is_lever=False, assumes=_KEPT),
)  # fmt: skip
