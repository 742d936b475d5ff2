"""Pictures of the running app: for the README, or of every page in every form.

    make pictures                        the README's, into docs/images
    python -m tools.pictures --all /tmp/pictures [--only draw,run]

It starts a server of its own, trains a small network, and stops both.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, StorageState

from devtools.chromium import chromium
from devtools.scenes import SCENES, Scene, finish_a_run, open_scene, settle
from devtools.serving import ROOT, serve

RUN = "examples=20000&epochs=4"  # of notebook A's network
MOST_BYTES = 200_000  # of a picture in the README
_COLOURS = (None, 256, 128, 64)  # all of them, or fewer and fewer until it fits

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Form:
    """How a page is looked at.

    Attributes:
        name: of its pictures.
        size: width and height in px.
        dark: which theme.
        phone: whether fingers are used; the picture then shows the whole page.
        parameters: added to the address.
    """

    name: str
    size: tuple[int, int]
    dark: bool = False
    phone: bool = False
    parameters: str = ""


LAPTOP = Form("1280", (1280, 720))
FORMS = (
    LAPTOP,
    Form("1280-dark", (1280, 720), dark=True),
    Form("1920", (1920, 1080)),
    Form("1920-dark", (1920, 1080), dark=True),
    Form("390", (390, 844), phone=True),
    Form("390-dark", (390, 844), dark=True, phone=True),
    Form("projection", (1280, 720), parameters="projection=1"),
    Form("projection-1024", (1024, 768), parameters="projection=1"),
    Form("projection-dark", (1280, 720), dark=True, parameters="projection=1"),
)
_TALL = Form("tall", (1280, 900))
_BY_NAME = {form.name: form for form in FORMS}
README = {
    "home": ("home", LAPTOP),
    "softmax": ("softmax-triangle", LAPTOP),
    "cross-entropy": ("digit", _TALL),
    "train": ("compare", _TALL),
    "inside": ("run", LAPTOP),
    "draw": ("drawn", LAPTOP),
    "draw-dark": ("drawn", _BY_NAME["1280-dark"]),
    "projection": ("softmax-triangle", _BY_NAME["projection"]),
}
"""The pictures in docs/images, each as a scene and a form."""


def main() -> int:
    """Take what the command line asks for; 1 if a scene could not be opened."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    wanted = _wanted(arguments)
    folder = Path(arguments.all or ROOT / "docs" / "images")
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        env = {"PLAYGROUND_HOME": home}
        with serve("app.py", log_path=Path(home) / "log", env=env) as server:
            trained = browser.new_context()
            run = finish_a_run(trained.new_page(), server.url, RUN)
            owner = trained.storage_state()  # whose run it is
            trained.close()
            for name, scene, form in wanted:
                try:
                    picture = _take(browser, server.url, run, owner, scene, form)
                except (Error, ValueError):  # the other pictures are still worth having
                    _log.exception("%s could not be taken", name)
                    failed = 1
                    continue
                written = picture if arguments.all else small(picture)
                (folder / f"{name}.png").write_bytes(written)
                _log.info("%s.png, %d kB", name, len(written) // 1000)
    return failed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", metavar="FOLDER", help="every scene in every form, uncompressed")
    names = {"--only": [scene.name for scene in SCENES], "--forms": list(_BY_NAME)}
    for option, known in names.items():
        told = f"some of {', '.join(known)}; between commas"
        parser.add_argument(option, type=_some_of(known), default=known, metavar="NAMES", help=told)
    return parser.parse_args()


def _some_of(known: list[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := sorted(set(names) - set(known)):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there is {', '.join(known)}")
        return names

    return read


def _wanted(arguments: argparse.Namespace) -> list[tuple[str, Scene, Form]]:
    """Name, scene and form of each picture."""
    scenes = {scene.name: scene for scene in SCENES}
    if arguments.all:
        pairs = [(scenes[s], _BY_NAME[f]) for s in arguments.only for f in arguments.forms]
        return [(f"{s.name}-{f.name}", s, f) for s, f in pairs if s.projected or not f.parameters]
    return [
        (name, scenes[scene], form)
        for name, (scene, form) in README.items()
        if scene in arguments.only
    ]


def _take(
    browser: Browser, url: str, run: str, owner: StorageState, scene: Scene, form: Form
) -> bytes:
    width, height = form.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if form.dark else "light",
        has_touch=form.phone,
        is_mobile=form.phone,
        device_scale_factor=2 if form.phone else 1,
        reduced_motion="reduce",
        storage_state=owner,
    )
    try:
        page = context.new_page()
        open_scene(page, url, scene, run, form.parameters)
        if form.phone:  # all of it: the page scrolls in an element of its own
            whole = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
            page.set_viewport_size({"width": width, "height": min(int(whole) + 60, 6000)})
            settle(page)
        return page.screenshot()
    finally:
        context.close()


def small(picture: bytes) -> bytes:
    """The same picture, in fewer colours only if it would be too large with all of them.

    Errors: ValueError if even 64 colours take more than `MOST_BYTES`.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in _COLOURS:
        file = io.BytesIO()
        fewer = image if colours is None else image.quantize(colours, dither=Image.Dither.NONE)
        fewer.save(file, "PNG", optimize=True)
        if file.tell() <= MOST_BYTES:
            return file.getvalue()
    raise ValueError(f"A picture takes {file.tell():,} bytes; {MOST_BYTES:,} are allowed")


if __name__ == "__main__":
    sys.exit(main())
