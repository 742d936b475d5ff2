"""`/operator`: machines, runs and what moved, as a page for whoever may read `/metrics`.

It says what `Load` has, without a script, and is loaded again every few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from playground import settings
from playground.runs import ActiveRun, Load, Move, Node
from playground.ui.server.assets import below_base
from playground.ui.server.metrics import refusal
from playground.ui.server.session import manager

_EVERY = 5  # seconds
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{every}">
<title>Operator: Softmax Playground</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ background: light-dark(#ffffff, #10151d); color: light-dark(#1a2330, #e7ecf3);
  font: 1rem/1.5 sans-serif; margin: 1rem auto; max-width: 64rem; padding: 0 1rem; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid light-dark(#c8d0da, #3a4757); padding: 0.3rem 1rem 0.3rem 0;
  text-align: left; white-space: nowrap; }}
</style>
</head>
<body>
<h1>Operator</h1>
<p>{summary}</p>
{tables}
</body>
</html>
"""


def operator_routes() -> list[Route]:
    """The route for `st.App`, below the base path that is set."""
    return [Route(below_base("operator"), _answer, methods=["GET"])]


def _answer(request: Request) -> Response:
    """Starlette calls this in a thread, so that nobody's page waits for it."""
    refused = refusal(request, settings.current(), challenge='Basic realm="operator"')
    if refused is not None:
        return refused
    return HTMLResponse(page(manager().load()), headers={"Cache-Control": "no-store"})


def page(load: Load) -> str:
    """The page of one moment, as HTML."""
    lost, moved = (load.counts.get(name, 0) for name in ("run_lost", "run_moved"))
    summary = (
        f"{load.busy} of {load.capacity} places are taken, {load.queued} wait. "
        f"Lost {lost:,} times, and went on {moved:,} times."
    )
    tables = (
        _table("Machines", ("Name", "State", "Runs / places"), map(_node, load.nodes)),
        _table("Runs", ("Run", "State", "Machine", "Step"), map(_run, load.active)),
        _table("Went on", ("Run", "From", "To", "When (UTC)", "Lost"), map(_move, load.moves)),
    )
    return _PAGE.format(every=_EVERY, summary=summary, tables="\n".join(tables))


def _node(node: Node) -> Sequence[str]:
    return node.name, "alive" if node.alive else "lost", f"{node.used} / {node.slots}"


def _run(run: ActiveRun) -> Sequence[str]:
    state = f"waits as number {run.place}" if run.place else run.state
    return run.id, state, run.node or "–", f"{run.step:,}"


def _move(move: Move) -> Sequence[str]:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(move.at))
    return move.run, move.origin or "unknown", move.target or "unknown", at, move.lost


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(one)}</td>" for one in row) + "</tr>" for row in rows
    )
    found = f"<div tabindex=0><table><tr>{head}</tr>{body}</table></div>" if body else "<p>None</p>"
    return f"<h2>{escape(title)}</h2>\n{found}"
