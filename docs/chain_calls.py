"""Formulas that stand inside other formulas: while a function is traced, those with a symbol stand for themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from types import ModuleType
from typing import Any
from unittest.mock import patch

from docs.chain_symbols import Symbol
from graph.cost.latex import latex
from graph.cost.operations import HELD
from graph.cost.printed import terms
from graph.cost.program import Program
from graph.cost.traced import Traced, central

Function = Callable[..., Any]


class Calls:
    """Calls met while tracing.

    symbols : how names are written, those of the calls among them
    behind : call -> the quantities that its arguments name
    """

    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        self.symbols = {name: one.tex for name, one in symbols.items()}
        self.behind: dict[str, list[str]] = {}

    @contextmanager
    def standing(self, functions: Mapping[Function, tuple[str, Mapping[str, Symbol]]], modules: list[ModuleType]) -> Iterator[None]:
        """Within, a call of one of `functions` (function -> its symbol and those of its parameters) from `modules` is named."""
        found = [(module, name, one) for module in modules for name, one in vars(module).items() if inspect.isfunction(one)]
        patches = [patch.object(module, name, self._named(one, *functions[one])) for module, name, one in found if one in functions]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()

    def _named(self, function: Function, symbol: str, parameters: Mapping[str, Symbol]) -> Function:
        def called(*given: Any, **by_name: Any) -> Any:
            result = function(*given, **by_name)
            if not isinstance(result, Traced):
                return result
            arguments = _told(function, given, by_name)
            said = {name: self._said(value) for name, value in arguments.items()}
            is_own = all(said[name] == parameters[name].tex for name in said)  # as in the definition: the symbol alone says it
            name = symbol if is_own else symbol + r"\left(" + r",\ ".join(said.values()) + r"\right)"
            self.symbols[name] = name
            self.behind[name] = [term for value in arguments.values() if isinstance(value, Traced) for term in self._terms(value)]
            return Traced(HELD, (result,), result.value, name)

        return called

    def _said(self, value: Any) -> str:
        if not isinstance(value, Traced):
            return f"{central(value):g}"
        return self.symbols.get(value.name) or latex(Program({"argument": value}), "argument", self.symbols)

    def _terms(self, value: Traced) -> list[str]:
        return [value.name] if value.name else terms(Program({"argument": value}), "argument")

    def legend(self, program: Program, name: str) -> list[str]:
        """The quantities of a formula, each once; of a call those of its arguments."""
        found: dict[str, None] = {}
        ahead = terms(program, name)
        while ahead:
            term, *ahead = ahead
            if term in self.behind:
                ahead = [*self.behind[term], *ahead]
            else:
                found.setdefault(term)
        return list(found)


def _told(function: Function, given: tuple[Any, ...], by_name: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a reader needs: neither records of figures nor what is left at its usual value."""
    signature = inspect.signature(function)
    bound = signature.bind(*given, **by_name).arguments
    usual = {name: one.default for name, one in signature.parameters.items()}
    return {name: v for name, v in bound.items() if not is_dataclass(v) and (isinstance(v, Traced) or central(v) != usual[name])}
