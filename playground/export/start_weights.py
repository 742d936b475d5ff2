"""A script or notebook whose run did not begin with new weights but with a file of them."""

from __future__ import annotations

import json

from playground.errors import ConfigError

FILE = "start.pt"
_BEFORE = "optimizer = torch.optim."
_LINES = (
    "# This run went on from weights of another one, which lie in a file beside this one.\n",
    f'model.load_state_dict(torch.load("{FILE}", map_location=device, weights_only=True))\n',
)


def script_from_weights(script: str) -> str:
    """Return what `training_script` wrote, with the weights read from `FILE`.

    Raises:
        ConfigError: a text that no optimizer is made in.
    """
    return "".join(_with_weights(script.splitlines(keepends=True)))


def notebook_from_weights(notebook: str) -> str:
    """Return what `training_notebook` wrote, with the weights read from `FILE`.

    Raises:
        ConfigError: a notebook that no optimizer is made in.
    """
    content = json.loads(notebook)
    for cell in content["cells"]:
        if any(line.startswith(_BEFORE) for line in cell["source"]):
            cell["source"] = _with_weights(cell["source"])
            return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    raise _no_place()


def _with_weights(lines: list[str]) -> list[str]:
    """The lines, with two more before the optimizer is made: the model is ready there."""
    for number, line in enumerate(lines):
        if line.startswith(_BEFORE):
            return [*lines[:number], *_LINES, *lines[number:]]
    raise _no_place()


def _no_place() -> ConfigError:
    return ConfigError(
        "There is no place where the weights could be read",
        allowed="a script or notebook of training_script or training_notebook",
    )
