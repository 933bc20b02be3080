"""How an error reaches a person: one line or a short list on stderr, and an exit code. No traceback.

1: the work failed. 2: the request cannot be understood (unknown id, bad SQL, bad option).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

FEW = 40
"""So many ids can be listed whole."""


class Unusable(Exception):
    """The request cannot be carried out as it was made: exit code 2."""


class Failed(Exception):
    """The work was begun and did not succeed: exit code 1."""


@contextmanager
def told() -> Iterator[None]:
    """Turn the errors a user can act on into a message and an exit code."""
    try:
        yield
    except Unusable as error:
        _leave(error, 2)
    except Failed as error:
        _leave(error, 1)
    except KeyboardInterrupt:
        print(f"stackgraph: interrupted. {unharmed()}", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _leave(Failed(f"{error.strerror or error}{where}"), 1)


def unharmed() -> str:
    """That what users open was not touched, where there is something."""
    from pipelines.home import home

    return "Nothing was published; the published file is as it was." if home().published.exists() else "Nothing was published."


def _leave(error: Exception, code: int) -> None:
    print(f"stackgraph: {error}", file=sys.stderr)
    raise SystemExit(code) from None


def positive(option: str, value: float | None) -> None:
    """What an option gives must be a number above zero, and a finite one; None where it was not given."""
    if value is not None and not (math.isfinite(value) and value > 0):
        raise Unusable(f"{option} takes a positive number, got {value:g}")


def unknown(what: str, value: str, known: Iterable[str]) -> Unusable:
    """An unknown id, with the nearest valid ones."""
    ids = sorted(known)
    plain, asked = {i.casefold(): i for i in ids}, value.casefold()  # capitals make nothing less near
    near = [plain[i] for i in get_close_matches(asked, plain, n=4, cutoff=0.4) or [i for i in plain if asked and asked in i][:4]]
    hint = f"; nearest: {', '.join(near)}" if near else f"; known: {', '.join(ids)}" if len(ids) <= FEW else ""
    return Unusable(f"unknown {what} {value!r}{hint}")
