"""A stand-in for the servers of published data sets, on the loopback, with small files."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from torchvision import datasets as published

WAIT = 90  # seconds after which a test is taken to hang
TRAIN, TEST = 30, 20


def idx(values: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, values.ndim]) + b"".join(n.to_bytes(4, "big") for n in values.shape)
    return gzip.compress(header + values.astype(np.uint8).tobytes(), mtime=0)


def synthetic_files() -> dict[str, bytes]:
    """Four small files of the form that the authors publish."""
    generator = np.random.default_rng(0)
    files = {}
    for prefix, n in (("train", TRAIN), ("t10k", TEST)):
        files[f"{prefix}-images-idx3-ubyte.gz"] = idx(generator.integers(0, 256, (n, 28, 28)))
        files[f"{prefix}-labels-idx1-ubyte.gz"] = idx(np.arange(n) % 10)
    return files


class Mirror:
    """A server of files on the loopback; `answer` may take a GET over altogether."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = dict(files)
        self.requests: list[tuple[str, str]] = []
        self.answer: Callable[[BaseHTTPRequestHandler, bytes], None] | None = None
        self.head_status = 200
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                mirror.requests.append(("HEAD", self.path[1:]))
                self.head(mirror.head_status, len(mirror.files[self.path[1:]]))

            def do_GET(self) -> None:
                mirror.requests.append(("GET", self.path[1:]))
                content = mirror.files[self.path[1:]]
                if mirror.answer is not None:
                    mirror.answer(self, content)
                else:
                    self.head(200, len(content))
                    self.wfile.write(content)

            def head(self, status: int, length: int, kind: str = "application/gzip") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(length))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def gets(self) -> list[str]:
        return [file for method, file in self.requests if method == "GET"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(WAIT)


def stand_in(monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]) -> Mirror:
    """A mirror of these files that torchvision's list names from now on. Close it."""
    server = Mirror(files)
    for torchvision_class in (published.FashionMNIST, published.KMNIST):
        monkeypatch.setattr(torchvision_class, "mirrors", [server.url])
        resources = [
            (file, hashlib.md5(files[file]).hexdigest())  # noqa: S324
            for file, _ in torchvision_class.resources
        ]
        monkeypatch.setattr(torchvision_class, "resources", resources)
    return server
