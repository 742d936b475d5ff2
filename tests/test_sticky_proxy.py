"""The proxy of `make cluster`: each visitor stays with one server."""

from __future__ import annotations

from devtools.sticky_proxy import closing, server_of

HEAD = (
    b"GET / HTTP/1.1\r\nHost: a\r\nconnection: keep-alive\r\n"
    b"Cookie: x=1; playground_visitor=%b\r\n\r\n"
)


def test_a_visitor_stays_with_a_server() -> None:
    found = {number: server_of(HEAD % str(number).encode(), 2) for number in range(20)}
    assert set(found.values()) == {0, 1}
    assert found == {number: server_of(HEAD % str(number).encode(), 2) for number in found}
    assert server_of(b"GET / HTTP/1.1\r\n\r\n", 2) == 0


def test_every_request_but_a_websocket_has_a_connection_of_its_own() -> None:
    head = closing(HEAD % b"a")
    assert head.lower().count(b"connection:") == 1
    assert b"\r\nConnection: close\r\n" in head
    assert head.endswith(b"\r\n\r\n")
    socket = HEAD.replace(b"keep-alive", b"Upgrade\r\nUpgrade: websocket") % b"a"
    assert closing(socket) == socket
