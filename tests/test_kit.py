"""What all pages share: each part guards against something that Streamlit does."""

from __future__ import annotations

import ast
import json
import logging
import re
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from devtools.serving import Server, serve
from devtools.visitors import Visitor, ask, open_stream, pressed, visiting
from playground.errors import InputError
from playground.ui.kit.problems import attempt, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import table_html
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import Upload, last_upload, take_upload
from playground.ui.server import whole_callbacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[1]

# What Streamlit offers, and the file of the kit that alone may use it.
GUARDED = {
    "button": "playground/ui/kit/buttons.py",
    "components": "playground/ui/kit/component.py",
    "fragment": "playground/ui/kit/live_fragment.py",
}


def test_what_is_guarded_is_used_by_its_guard_alone() -> None:
    found = {
        (node.attr, str(file.relative_to(ROOT)))
        for file in [*ROOT.glob("pages/*.py"), *ROOT.glob("playground/ui/**/*.py")]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in GUARDED
        and isinstance(node.value, ast.Name)
        and node.value.id == "st"
    }
    assert found == {*GUARDED.items()}


# ---------------------------------------------------------------- live fragments


def test_a_fragment_has_a_container_of_its_own() -> None:
    def page() -> None:
        import streamlit as st

        from playground.ui.kit.live_fragment import live_fragment

        def body() -> None:
            st.text("here")
            st.text("too")

        st.text("above")
        live_fragment(body, run_every=9.0)
        st.text("below")

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    above, place, below = app.main.children.values()
    [fragment] = place.children.values()  # type: ignore[union-attr]
    assert [each.value for each in fragment.children.values()] == ["here", "too"]  # type: ignore[union-attr]
    assert (above.type, below.type) == ("text", "text")


def test_a_part_that_changes_by_itself_says_when_it_is_drawn_again() -> None:
    def page() -> None:
        import streamlit as st

        from playground.ui.kit.live_fragment import live_fragment

        live_fragment(lambda: st.text("runs"), run_every=0.5, shows="time")
        live_fragment(lambda: st.text("rests"), shows="place")

    app = AppTest.from_function(page, default_timeout=60)
    first, second = (
        [json.loads(part.proto.json)[0] for part in app.run().get("bidi_component")]
        for _ in range(2)
    )
    assert [one["next"] for one in first] == [500, None]
    assert {one["drawn"] for one in first}.isdisjoint(one["drawn"] for one in second)


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("cell", "html"),
    [
        ("$−log p_y$", "−log <var>p</var><sub><var>y</var></sub>"),
        ("$Σ e^(z − m)$", "Σ <var>e</var><sup><var>z</var> − <var>m</var></sup>"),
        ("$z_0 < 1$", "<var>z</var><sub>0</sub> &lt; 1"),
        ("a_b^c", "a_b^c"),
        ("**a_b**", "<strong>a_b</strong>"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_cell_of_a_table_is_a_text_or_a_formula(cell: str, html: str) -> None:
    table = table_html([cell], [[cell]], "")
    assert f'<th scope="col">{html}</th>' in table
    assert f'<th scope="row">{html}</th>' in table


# ---------------------------------------------------------------- uploads


class Files:
    """Files that are read one after the other; those with "bad" in them are refused."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def take(self, file_id: str, content: str, **options: Any) -> Upload[str]:
        def read(file: Any) -> str:
            self.done.append(f"read {content}")
            if "bad" in content:
                raise InputError(f"It is {content}")
            return content

        file: Any = SimpleNamespace(file_id=file_id, size=len(content))
        then = lambda: self.done.append("then")  # noqa: E731
        return take_upload("taken", file, read, "letters", then=then, **options)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of which the code sees no more than a mapping."""
    monkeypatch.setattr(st, "session_state", {})


@pytest.fixture
def files(session: None) -> Files:
    return Files()


def test_a_file_is_read_once_and_again_if_something_else_matters(files: Files) -> None:
    assert last_upload("taken").value is None
    for _ in range(3):
        assert files.take("1", "a").value == "a"
    assert files.take("1", "a", depends_on="network").value == "a"
    assert files.take("2", "b").value == last_upload("taken").value == "b"
    assert files.done == ["read a", "then", "read a", "then", "read b", "then"]


def test_the_log_is_told_once_of_a_file_that_is_refused(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="playground")
    for network in ("mlp", "mlp", "cnn"):
        taken = files.take("1", "bad", depends_on=network)
        assert (taken.value, taken.problem) == (None, "It is bad.")
    assert len(files.done) == 4
    assert [text.split(" reason")[0] for text in caplog.messages] == [
        "event=upload_refused what=letters bytes=3"
    ]
    assert files.take("2", "good").problem == ""
    files.take("3", "bad")
    assert len(caplog.messages) == 2


def test_what_was_read_is_known_before_the_spinner_ends(files: Files) -> None:
    """A click made meanwhile cuts the run short there; the file must not be read again."""

    @contextmanager
    def cut() -> Iterator[None]:
        yield
        raise SystemExit

    with pytest.raises(SystemExit):
        files.take("1", "a", busy=cut)
    assert files.take("1", "a").value == "a"
    assert files.done == ["read a"]


# ---------------------------------------------------------------- objects, problems, buttons


@pytest.mark.usefixtures("session")
def test_a_session_has_one_object_of_a_class_and_name() -> None:
    class Kept:
        number = 0

    session_object(Kept).number = 1
    session_object(Kept, "b").number = 2
    assert [session_object(Kept, name).number for name in ("", "b", "c")] == [1, 2, 0]


def refuse() -> None:
    raise InputError("The *file* is empty")


@pytest.mark.usefixtures("session")
def test_a_problem_is_said_once_where_it_arose_and_not_lost_when_that_run_is_cut_short() -> None:
    def cut(text: str) -> None:
        raise SystemExit

    said: list[str] = []
    attempt("a", refuse)
    say_problem("b", said.append)
    with pytest.raises(SystemExit):
        say_problem("a", cut)
    for _ in range(2):
        say_problem("a", said.append)
    assert said == ["The *file* is empty."]


def test_a_button_acts_before_the_page_is_drawn_and_what_it_meets_is_no_markup() -> None:
    def page() -> None:
        import streamlit as st

        from playground.errors import InputError
        from playground.ui.kit.buttons import button
        from playground.ui.kit.problems import attempt, say_problem

        def act(number: int) -> None:
            st.session_state["number"] = number
            attempt("page", refuse)

        def refuse() -> None:
            raise InputError("The *file* is empty")

        st.text(f"number {st.session_state.get('number')}")
        say_problem("page")
        button("Act", act, 3, icon="play_arrow", key="act")

    app = AppTest.from_function(page, default_timeout=60).run()
    assert (app.text[0].value, len(app.error)) == ("number None", 0)
    assert app.button[0].proto.icon == ":material/play_arrow:"
    app.button[0].click().run()
    assert (app.text[0].value, app.error[0].value) == ("number 3", r"The \*file\* is empty\.")
    assert not app.run().error


# ---------------------------------------------------------------- callbacks


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the server."""
    was = SafeSessionState.on_script_will_rerun
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", was)  # to be put back
    whole_callbacks.install()


@pytest.mark.usefixtures("whole")
def test_a_click_is_not_cut_short_by_what_is_asked_for_meanwhile() -> None:
    def page() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

        from playground.ui.kit.buttons import button

        def act() -> None:
            context = get_script_run_ctx()
            assert context is not None
            assert context.script_requests is not None
            context.script_requests.request_rerun(RerunData())  # another click, say
            st.session_state["begun"] = True
            st.session_state["done"] = True

        button("Stop", act)
        st.session_state["runs"] = st.session_state.get("runs", 0) + 1

    shown = AppTest.from_function(page).run()
    shown.button[0].click().run()
    assert "done" in shown.session_state
    assert shown.session_state["runs"] == 2  # the other one alone: it came before the body


def test_a_click_is_done_and_shown_when_another_follows(tmp_path: Path) -> None:
    """With a server: there the second click would begin a second run beside the first."""
    env = {"SLOW_CALLBACK_FOLDER": str(tmp_path)}
    app = Path(__file__).with_name("slow_callback_app.py")
    with serve(app, log_path=tmp_path / "log", env=env) as server, visiting(server.url) as visitor:
        slow, quick = visitor.buttons()["Slow"], visitor.buttons()["Quick"]
        visitor.send(pressed(slow))
        until((tmp_path / "begun").exists)
        visitor.send(pressed(quick))
        with visiting(server.url):  # who comes later is answered later: the second click is there
            (tmp_path / "may_end").touch()
        done = b"Clicks: slow, slow to its end, quick."
        visitor.wait_for(lambda message: done in message.SerializeToString())
        assert visitor.query == {"slow": "done"}


def test_a_page_that_is_left_does_not_lead_back(tmp_path: Path) -> None:
    """A tick of it comes while its last run goes on, or the first one of the page asked for."""
    env = {"TWO_PAGES_FOLDER": str(tmp_path)}
    app = Path(__file__).with_name("two_pages_app.py")
    hold, begun = tmp_path / "hold", tmp_path / "begun"
    with serve(app, log_path=tmp_path / "log", env=env) as server, visiting(server.url) as visitor:
        (old, new), (tick,) = visitor.pages, visitor.timers
        for goes_on in (old, new):
            visitor.page_hash = old
            visitor.run()
            begun.unlink()
            hold.touch()
            visitor.page_hash, visitor.runs = goes_on, []
            visitor.send()
            until(begun.exists)
            if goes_on == old:
                visitor.page_hash = new
                visitor.send()
            visitor.page_hash = old
            visitor.send(fragment=tick, automatic=True)
            ask(server, "GET", "/_stcore/health")  # answered later: the tick is there
            hold.unlink()
            visitor.wait_for(lambda _: b"second page" in visitor.received)
            visitor.page_hash, visitor.query = new, {"mark": goes_on}
            visitor.send()
            mark = f"mark {goes_on}".encode()
            visitor.wait_for(lambda _: mark in visitor.received)  # noqa: B023
            visitor.wait_for(lambda message: message.WhichOneof("type") == "script_finished")
            assert visitor.runs.count(old) == (goes_on == old)  # the one that was held
        # Who comes back to a server that was started again is told to ask, and gets all of it.
        with open_stream(server.url, origin=server.url, before="of-another-server") as socket:
            back = Visitor(socket, "", {}, page_hash=old)
            back.wait_for(lambda _: bool(back.timers))
            back.run(fragment=next(iter(back.timers)), automatic=True)
            assert "first page" in back.texts()


@pytest.fixture(scope="module")
def last_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("last_words") / "log"
    with serve(Path(__file__).with_name("last_words_app.py"), log_path=log) as server:
        yield server


def test_what_a_run_says_arrives_though_another_begins(last_words: Server) -> None:
    """Its last words wait behind a request that comes when its thread has ended."""
    with visiting(last_words.url) as visitor:
        visitor.query = {"mark": "held"}
        visitor.received = b""
        visitor.send(pressed(visitor.buttons()["Hold"]))
        visitor.wait_for(lambda _: b"last words, held" in visitor.received)
        visitor.wait_for(lambda message: message.metadata.run.fragment_ids != [])


def test_a_page_that_follows_a_part_in_its_thread_is_drawn_in_its_place(last_words: Server) -> None:
    with visiting(last_words.url) as visitor:
        words, places = b"last words, in its place", []

        def are_said(message: ForwardMsg) -> bool:
            if words not in message.SerializeToString():
                return False
            places.append(list(message.metadata.delta_path))
            return True

        (part,) = visitor.timers
        visitor.send(pressed(visitor.buttons()["Ask for the page"]), fragment=part)
        visitor.wait_for(are_said)
        assert places == [[0, 3]]  # below the part and two buttons


def test_a_value_that_is_set_arrives_though_another_run_follows(last_words: Server) -> None:
    """It is said once. A browser that misses it shows the lowest number, and then sends that."""
    with visiting(last_words.url) as visitor:
        visitor.runs = []
        visitor.send(pressed(visitor.buttons()["Set"]))
        visitor.wait_for(lambda _: len(visitor.runs) == 2)
        visitor.wait_for(lambda message: message.WhichOneof("type") == "script_finished")
        numbers = [each.number_input for each in visitor.elements if each.HasField("number_input")]
        assert [each.value for each in numbers if each.set_value] == [7]


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)


@pytest.mark.parametrize(
    "text", ["a=https://a.example", "HTTP://a.b", "www.a.com.zip", "a@b.example"]
)
def test_what_a_visitor_has_typed_becomes_no_link(text: str) -> None:
    """Streamlit looks for addresses behind the backslashes."""
    shown = re.sub(r"\\(.)", r"\1", escape_markdown(text))
    assert not re.search(r"https?://|www\.|\w@\w", shown, re.IGNORECASE)
    assert shown.replace("\u2060", "") == text


def test_what_a_visitor_has_typed_is_no_entity() -> None:
    assert escape_markdown("a &lt b") == r"a \&lt b"
