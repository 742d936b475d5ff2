"""A page that was asked for is shown, whatever the page that is being left still asks for.

Until the browser has the new page, what it asks for by itself (a part of a page that is drawn
again each second, a component's message) is of the page it still shows. Streamlit 1.67 lets the
younger request say which page is meant: asked for before the new page's run begins, it leads back
and the visitor's press is lost; asked for later, the browser is told of the old page, empties the
new one, and fails at what comes for it next ("Bad delta path index"). Here such a request is left
out: there is nothing of it to show (docs/decisions/0017-runs-cut-short.md).
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
    ScriptRequestType,
)

_fold, _run = ScriptRequests._request_rerun_locked, ScriptRunner._run_script


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    ScriptRequests._request_rerun_locked = _fold_into_a_page  # type: ignore[method-assign]
    ScriptRunner._run_script = _run_of_a_page  # type: ignore[method-assign]


def _fold_into_a_page(self: ScriptRequests, new_data: RerunData) -> bool:
    """Take a request into the one that waits, unless that one leads to another page."""
    waiting = self._rerun_data
    if (
        self._state == ScriptRequestType.RERUN
        and not waiting.fragment_id_queue
        and _is_of_another_page(new_data, waiting.page_script_hash)
    ):
        return True
    return _fold(self, new_data)


def _run_of_a_page(self: ScriptRunner, rerun_data: RerunData) -> None:
    """Run what was asked for, unless another page has been run since."""
    if not _is_of_another_page(rerun_data, self._get_script_run_ctx().page_script_hash):
        _run(self, rerun_data)


def _is_of_another_page(part: RerunData, page_script_hash: str) -> bool:
    """Whether it asks for a part of a page, and of another one than this; "" is any page."""
    return bool(
        (part.fragment_id or part.fragment_id_queue)
        and page_script_hash
        and part.page_script_hash
        and part.page_script_hash != page_script_hash
    )
