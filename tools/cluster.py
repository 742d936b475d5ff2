"""A Ray cluster on this machine, to try: `python -m tools.cluster [PORT]`.

A head, two machines that train a run at a time each, and two servers of the app behind a proxy.
Everything is a process on the loopback, and ends with this one.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from urllib.parse import urlsplit

from devtools import sticky_proxy
from devtools.cluster import cluster, free_port
from devtools.serving import serve


def main(port: int) -> None:
    """Start it, say where it is, and wait for Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    secret = {"STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32)}
    _say("Starting a head and two machines that train …")
    with cluster(2, secret) as running:
        _say(f"Everything is in {running.folder}, until it ends. Starting two servers …")
        logs = [running.folder / f"server-{number}.log" for number in (1, 2)]
        with (
            serve("app.py", log_path=logs[0], env=running.env) as one,
            serve("app.py", log_path=logs[1], env=running.env) as other,
        ):
            _say(f"http://127.0.0.1:{port} leads to {one.url} or {other.url}, by visitor.")
            _say("The machines that train:", *(str(each.process.pid) for each in running.machines))
            _say("Kill one and look at the page of its run. Ctrl-C ends all of it.")
            ports = [urlsplit(each.url).port or 0 for each in (one, other)]
            try:
                asyncio.run(sticky_proxy.serve(port, ports))
            except KeyboardInterrupt:
                _say("Ending …")


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else free_port())
