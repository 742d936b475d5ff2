"""What strangers try on a running server: other visitors' runs, files, forged messages."""

from __future__ import annotations

import json
import re
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from devtools.serving import Server, serve
from devtools.visitors import PATIENCE, Visitor, ask, open_stream, visiting
from playground.networks import NETWORKS
from playground.ui.server.short_links import PAGES

pytestmark = pytest.mark.timeout(600)
TRAINING = 300.0  # seconds until a training process has begun: the machine may be busy
ALICE, MALLORY = "alice" * 8, "mallory" * 6
# Long enough to be still going on when all has been tried; it is stopped at the end.
LONG = {"model": NETWORKS["linear"].title, "epochs": "300"}


# One line each, and only where Streamlit itself could not read what was sent.
LOG_MAY_SAY = ("Failed to deserialize component state", "Error deserializing back message")


# ---------------------------------------------------------------- files


WAYS_OUT = [
    "../app.py", "..%2fapp.py", "%2e%2e/app.py", "%2e%2e%2fapp.py", "%252e%252e%252fapp.py",
    "..\\app.py", "..%5capp.py", "....//app.py", "./../app.py", "%c0%ae%c0%ae/app.py",
    "../../../../../../etc/passwd", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "C:%5cwindows%5cwin.ini",
    "app.py%00.js", "%00", "x" * 5000,
]  # fmt: skip
FOLDERS = [
    "/", "/assets/", "/files/", "/media/", "/static/", "/static/js/", "/app/static/",
    "/component/x/", "/_stcore/bidi-components/x/",
]  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_path_leads_out_of_what_is_served(server: Server, folder: str) -> None:
    for way in WAYS_OUT:
        status, headers, body = ask(server, "GET", folder + way)
        assert status in {200, 301, 400, 404}, way
        assert "st.navigation" not in body, way
        assert "root:" not in body, way
        if status == 200:  # Streamlit's answer to what it does not know is its page
            assert headers["content-type"] == ["text/html; charset=utf-8"], way
            assert '<div id="root">' in body
        assert "content-security-policy" in headers, way


def test_assets_are_served_by_their_full_names_only(server: Server) -> None:
    for name in ("live_chart/live_chart.js", "000000000000/figure/figure.js", "__init__.py"):
        assert ask(server, "GET", f"/assets/{name}")[0] == 404


@pytest.mark.parametrize("path", ["/_stcore/agent/interact", "/_stcore/agent/mcp"])
def test_programs_cannot_drive_the_app_by_its_other_door(server: Server, path: str) -> None:
    status, _, _ = ask(server, "POST", path, b"{}", Content_Type="application/json")
    assert status >= 400


# ---------------------------------------------------------------- values in links


NO_RUNS = [
    "../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/etc/passwd", "run\0id", "x" * 20_000,
    "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "${7*7}", "CON", "a" * 16,
]  # fmt: skip


@pytest.mark.parametrize("name", ["run", "compare", "own", "training", "lab", "model", "dataset"])
def test_values_in_links_are_values_and_no_paths(server: Server, name: str) -> None:
    for value in NO_RUNS:
        with visiting(server.url, "train", {name: value}, secret=ALICE) as visitor:
            said = visitor.texts()
            assert "Start" in visitor.buttons()
            assert "root:x:" not in said
            assert "Something went wrong" not in said


# ---------------------------------------------------------------- other visitors' runs


@pytest.fixture
def run_id(server: Server) -> Iterator[str]:
    """A run of Alice's that goes on; at the end she stops it, which shows that she can."""
    with visiting(server.url, "train", LONG, secret=ALICE) as alice:
        alice.press(alice.buttons()["Start"])
        found = alice.query["run"]
        wait_for(alice, lambda: steps_of(server, found) > 1)
        yield found
        alice.run()
        alice.press(alice.buttons()["Stop"])
        wait_for(alice, lambda: state_of(server, found) == "stopped")


def state_of(server: Server, run: str) -> str:
    status = json.loads((server.log.parent / "runs" / run / "status.json").read_text())
    return str(status["state"])


def steps_of(server: Server, run: str) -> int:
    lines = (server.log.parent / "runs" / run / "metrics.jsonl").read_text().splitlines()
    return len(lines)


def wait_for(visitor: Visitor, condition: Callable[[], bool]) -> None:
    """Look at the page again and again, as a browser does, until something has happened."""
    patience = time.monotonic() + TRAINING
    while not condition():
        assert time.monotonic() < patience, "it did not happen in time"
        assert "went wrong" not in str(visitor.elements)
        visitor.run()


def assert_goes_on(server: Server, visitor: Visitor, run: str) -> None:
    """The run reports something that it had not reported yet."""
    before = steps_of(server, run)
    wait_for(visitor, lambda: steps_of(server, run) > before)


def test_who_has_the_link_may_look_and_nothing_else(server: Server, run_id: str) -> None:
    with visiting(server.url, "train", {"run": run_id}, secret=ALICE) as alice:
        hers = {name: alice.buttons()[name] for name in ("Pause", "Stop", "Restart")}
    assert not any(button.disabled for button in hers.values())
    for secret in (MALLORY, "", "short", run_id, "alice" * 7):
        with visiting(server.url, "train", {"run": run_id}, secret=secret) as stranger:
            assert "You are watching" in stranger.texts()
            buttons = stranger.buttons()
            assert {name for name in buttons if not buttons[name].disabled} == {"Start"}
            for button in hers.values():
                stranger.press(button)  # a browser would not send this
            assert_goes_on(server, stranger, run_id)
            assert stranger.query["run"] == run_id  # no run of his own was started either


def test_a_run_is_in_nobody_elses_list_and_cannot_be_deleted_from_there(
    server: Server, run_id: str
) -> None:
    with visiting(server.url, "train", {"lab": "Runs"}, secret=ALICE) as alice:
        assert run_id in alice.texts()
        delete = alice.buttons()["Delete"]
        with visiting(server.url, "train", {"lab": "Runs"}, secret=MALLORY) as mallory:
            assert run_id not in mallory.texts()
            assert "You have no runs yet" in mallory.texts()
            mallory.press(delete)
            assert "Delete for good" not in mallory.buttons()
        alice.press(delete)
        doom = alice.buttons()["Delete for good"]
        with visiting(
            server.url, "train", {"lab": "Runs", "run": run_id}, secret=MALLORY
        ) as mallory:
            mallory.press(doom)
            assert_goes_on(server, mallory, run_id)
        alice.press(alice.buttons()["Keep it"])


def test_runs_are_not_told_to_who_does_not_ask_for_them(server: Server, run_id: str) -> None:
    for page in PAGES:
        with visiting(server.url, page, secret=MALLORY) as mallory:
            assert run_id not in mallory.texts()


# ---------------------------------------------------------------- forged messages


# What is no JSON at all fails in Streamlit, before it is ours: its sender, and nobody else,
# then sees the sentence of a failing page.
GARBAGE = [
    "null", "[]", "7", '"x"', "NaN", "{}", '{"value": null}', '{"pad": 1}',
    '{"pad": {"seq": 1e400}}', '{"commit": {"seq": 1, "values": [1e999]}}',
    '{"move": ["../../etc/passwd"]}', "[" * 100 + "]" * 100,
    json.dumps({"picture": "<script>alert(1)</script>" * 100}),
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_garbage_from_components_costs_nobody_the_page(server: Server, page: str) -> None:
    with visiting(server.url, page, secret=MALLORY) as mallory:
        for component in mallory.components():
            for text in GARBAGE:
                mallory.run(WidgetState(id=component, json_value=text))
                assert "Something went wrong" not in mallory.texts(), text
    with visiting(server.url, page, secret=ALICE) as alice:
        assert alice.elements


def test_bytes_that_are_no_message_end_one_connection(server: Server) -> None:
    for data in (b"\xff" * 100, b"\x00"):
        with open_stream(server.url, origin=server.url) as socket:
            socket.send(data)
            with visiting(server.url) as other:
                assert other.elements


def test_a_message_of_many_megabytes_is_refused(server: Server) -> None:
    with open_stream(server.url, origin=server.url) as socket:
        socket.send(b"\x00" * (5 * 2**20))
        with pytest.raises(ConnectionClosedError):
            socket.recv(PATIENCE)
        assert socket.close_code == 1009


# ---------------------------------------------------------------- other origins, uploads


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_a_page_of_another_site_gets_no_session(server: Server, origin: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        open_stream(server.url, origin=origin, Cookie=f"playground_visitor={ALICE}"),
    ):
        pytest.fail("connected")
    assert refused.value.response.status_code == 403


def form_of(content: bytes, name: str = "digits.zip") -> tuple[bytes, str]:
    boundary = "boundary"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def token_of(server: Server) -> str:
    _, headers, _ = ask(server, "GET", "/_stcore/health")
    (token,) = [
        found[1]
        for each in headers["set-cookie"]
        if (found := re.match("_streamlit_xsrf=([^;]+)", each))
    ]
    return token


def test_an_upload_needs_the_token_that_only_our_page_can_read(server: Server) -> None:
    body, kind = form_of(b"zip")
    token = token_of(server)
    cookie = f"_streamlit_xsrf={token}"
    with visiting(server.url, secret=ALICE) as alice:
        path = f"/_stcore/upload_file/{alice.session}/{uuid.uuid4()}"
        for given in (
            {},
            {"Cookie": cookie},  # what a form of another site would send
            {"X_Xsrftoken": token},
            {"Cookie": cookie, "X_Xsrftoken": "x"},
            {"Cookie": cookie, "X_Xsrftoken": token, "Origin": "https://evil.example"},
        ):
            for method in ("PUT", "DELETE"):
                status, _, said = ask(server, method, path, body, Content_Type=kind, **given)
                assert status == 403, (given, said)
        good = {"Cookie": cookie, "X_Xsrftoken": token, "Origin": server.url}
        assert ask(server, "PUT", path, body, Content_Type=kind, **good)[0] == 204
        for session in (str(uuid.uuid4()), "..%2f..%2fetc", quote("<b>")):
            elsewhere = f"/_stcore/upload_file/{session}/{uuid.uuid4()}"
            assert ask(server, "PUT", elsewhere, body, Content_Type=kind, **good)[0] in {400, 404}


# ---------------------------------------------------------------- errors, proxies


FAILING = """
    import streamlit as st

    def fail():
        raise RuntimeError("secret 4711")

    if st.runtime.exists():
        st.button("callback", on_click=fail)
        if st.button("script"):
            fail()
        if st.button("fragment"):
            st.fragment(fail)()
        if st.button("compile"):
            exec("1 +")
    else:
        from starlette.routing import Route

        from playground.ui.app import server_options

        async def fail_alone(request):
            fail()

        options = server_options()
        options["routes"] = [*options["routes"], Route("/fail", fail_alone)]
        app = st.App(__file__, **options)
"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app that fails on request, behind a proxy that it does not trust."""
    folder = tmp_path_factory.mktemp("failing")
    script = folder / "failing.py"
    script.write_text(textwrap.dedent(FAILING))
    env = {"PLAYGROUND_HOME": str(folder), "FORWARDED_ALLOW_IPS": "192.0.2.1"}
    with serve(script, log_path=folder / "log", env=env) as running:
        yield running


@pytest.mark.parametrize("way", ["callback", "script", "fragment", "compile"])
def test_a_failing_page_says_so_without_its_details(failing: Server, way: str) -> None:
    with visiting(failing.url) as visitor:
        visitor.press(visitor.buttons()[way])
        drawn = str(visitor.elements)  # Streamlit tells every page where its script lies
        assert "went wrong" in drawn
        for detail in ("4711", "Traceback", "RuntimeError", "failing.py", "SyntaxError"):
            assert detail not in drawn
    cause = "SyntaxError" if way == "compile" else "secret 4711"
    lines = [line for line in failing.log.read_text().splitlines() if cause in line]
    assert lines
    assert all("Traceback" in line for line in lines if "event=page_failed" not in line)


def test_what_fails_outside_of_a_page_is_one_line_of_the_log(failing: Server) -> None:
    status, _, said = ask(failing, "GET", "/fail")
    assert status == 500
    assert "4711" not in said
    patience = time.monotonic() + PATIENCE
    while "\n" not in (text := failing.log.read_text()).partition("ASGI application")[2]:
        assert time.monotonic() < patience, text
        ask(failing, "GET", "/_stcore/health")  # the line is written after the answer
    log = text.splitlines()
    [line] = [line for line in log if "Exception in ASGI application" in line]
    assert "ERROR event=log logger=uvicorn.error" in line
    assert "secret 4711" in line
    assert not [line for line in log if line.startswith(("Traceback", "  File", "RuntimeError"))]


def test_only_a_trusted_proxy_is_believed_that_the_connection_is_encrypted(
    server: Server, failing: Server
) -> None:
    for each, believed in ((server, True), (failing, False)):
        for said in ("https", "http"):
            _, headers, _ = ask(each, "GET", "/", Accept="text/html", X_Forwarded_Proto=said)
            (cookie,) = headers["set-cookie"]
            assert ("; Secure" in cookie) == (believed and said == "https")
