"""What may get into generated code, and how its long lines are broken."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, TemplateNotFound, UndefinedError, nodes

import playground
from playground import code_templates
from playground.code_templates import LINE, literal, render

PACKAGE = Path(playground.__file__).parent
TEMPLATES = {
    f"{folder.parent.name}/{path.relative_to(folder).as_posix()}": path.read_text()
    for folder in PACKAGE.glob("*/templates")
    for path in sorted(folder.rglob("*.jinja"))
}

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


# ---------------------------------------------------------------- what may get in


@given(numbers | st.lists(numbers) | st.dictionaries(st.sampled_from(["lr", "momentum"]), numbers))
def test_a_value_becomes_code_that_gives_it_again(value: Any) -> None:
    assert ast.literal_eval(literal(value)) == value


@given(st.text())
def test_a_word_comes_through_as_it_is_or_not_at_all(text: str) -> None:
    harmless = text.isprintable() and not any(each in text for each in "\"'\\")
    if harmless:
        assert literal(text) == text
    else:
        with pytest.raises(TypeError, match="cannot become code"):
            literal(text)


@pytest.mark.parametrize(
    "value",
    [
        'a"',
        "a'",
        "a\nimport os",
        "a\r",
        "a\u2028b",
        "a\\",
        b"a",
        None,
        ...,
        {1.0},
        1j,
        ["a\n"],
    ],
    ids=repr,
)
def test_what_could_break_out_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot become code"):
        literal(value)


def test_numbers_of_numpy_are_written_as_pythons() -> None:
    values = (np.float64(0.1), np.int64(3), 1e16, 2.0, 2, -0.0, -math.inf)
    assert literal(values) == '[0.1, 3, 1e16, 2.0, 2, -0.0, float("-inf")]'


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Templates of a test in place of the program's, in the very same environment."""
    made: dict[str, str] = {}
    environment = code_templates._environment()
    monkeypatch.setattr(environment, "loader", DictLoader(made))
    environment.cache.clear()
    yield made
    environment.cache.clear()


def test_every_value_that_is_printed_is_looked_at(template: dict[str, str]) -> None:
    template["a"] = '{{ a }} {% for each in b %}{{ each }}{% endfor %} "{{ c.d }}"'
    assert render("a", a=1, b=["x", 2.0], c={"d": "<&>"}) == '1 x2.0 "<&>"\n'
    for bad in ({"a": "\n"}, {"b": ["'"]}, {"c": {"d": '"'}}):
        with pytest.raises(TypeError, match="cannot become code"):
            render("a", **({"a": 1, "b": [], "c": {"d": "e"}} | bad))


def test_a_value_that_is_missing_is_an_error(template: dict[str, str]) -> None:
    template["a"] = "x = {{ x }}\n"
    with pytest.raises(UndefinedError, match="'x' is undefined"):
        render("a")
    with pytest.raises(TemplateNotFound):
        render("lessons/code.py")


# ---------------------------------------------------------------- long lines


@pytest.mark.parametrize(
    ("items", "above", "folded"), [(5, False, False), (11, True, False), (40, True, True)]
)
def test_a_long_list_is_folded_and_its_comment_goes_above(
    items: int, above: bool, folded: bool, template: dict[str, str]
) -> None:
    template["a"] = "z = np.array({{ z }}, more)  # the logits\n"
    z = [1.0 / 4] * items
    lines = render("a", z=z).splitlines()
    assert max(map(len, lines)) <= LINE
    assert (lines[0] == "# The logits.") == above
    assert (lines[-1] == "], more)") == folded
    names: dict[str, Any] = {"np": np, "more": float}
    exec("\n".join(lines), names)  # noqa: S102
    assert names["z"].tolist() == z


def test_a_row_of_a_matrix_keeps_its_indent(template: dict[str, str]) -> None:
    template["a"] = "    {{ row }},\n"
    lines = render("a", row=[0.123456789] * 9).splitlines()
    assert lines[0] == "    ["
    assert lines[-1] == "    ],"
    assert all(line.startswith("        0.1") for line in lines[1:-1])


def test_a_long_call_is_broken_as_a_formatter_does(
    template: dict[str, str], tmp_path: Path
) -> None:
    template["a"] = "optimizer = torch.optim.SGD({{ arguments }})\n"
    texts = [render("a", arguments=", ".join(["lr=LEARNING_RATE"] * n)) for n in (2, 4, 9)]
    assert [text.count("\n") for text in texts] == [1, 3, 11]
    path = tmp_path / "calls.py"
    path.write_text("".join(texts))
    command = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_other_long_lines_stay(template: dict[str, str]) -> None:
    template["a"] = f"# {'a [b] ' * 20}\n{'x' * 100}\n    9: {{'lr': 1{'0' * 90}}},\n"
    assert render("a") == template["a"]


# ---------------------------------------------------------------- the templates


def test_the_templates_are_found() -> None:
    assert len(TEMPLATES) >= 20
    assert set(code_templates._environment().list_templates()) == set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_reads_like_code(name: str) -> None:
    """No macros, no raw blocks, nothing marked as safe: only values between the lines."""
    tree = code_templates._environment().parse(TEMPLATES[name])
    assert not list(tree.find_all((nodes.Macro, nodes.CallBlock, nodes.MarkSafe)))
    filters = {each.name for each in tree.find_all(nodes.Filter)}
    assert filters <= {"join", "length", "paragraph", "trim"}
    assert TEMPLATES[name].endswith("\n")
