"""Batches as text: what people paste, what it is taken for, and text that is nothing."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InputError
from playground.lessons.batch_text import (
    MOST_BYTES,
    Reading,
    layout_words,
    read_batch,
    text_of,
    write_csv,
)

ROWS = ((0.1, 0.2, 0.9), (1.1, 0.1, 0.2))
INF = math.inf


def read(text: str, **options: Any) -> Reading:
    """The reading, which always says of itself how it came about."""
    found = read_batch(text, **options)
    size, count = len(found.logits[0]), len(found.logits)
    assert re.fullmatch(rf"Read as: {size} logits.* a row, {count} rows?(; .+)?\.", found.sentence)
    assert "\n" not in found.sentence
    assert (found.layout == "logits") == (found.labels is None)
    assert found.layout == "targets" or found.targets is None
    return found


# --------------------------------------------------------------------- forms

SHAPES = [
    "0.1\t0.2\t0.9\n1.1\t0.1\t0.2\n",
    "0.1,0.2,0.9\r\n1.1,0.1,0.2\r\n",
    "0.1, 0.2, 0.9\n1.1, 0.1, 0.2",
    " 0.1  0.2 0.9\n\n1.1 0.1 0.2  ",
    "0.1\u00a00.2\u00a00.9\n1.1\u00a00.1\u00a00.2",
    "0.1;0.2;0.9;\n1.1;0.1;0.2;",
    "\ufeffa;b;c\n0.1;0.2;0.9\n1.1;0.1;0.2",
    "| 0.1 | 0.2 | 0.9 |\n| 1.1 | 0.1 | 0.2 |",
    "| a | b | c |\n|---|:-:|--:|\n| 0.1 | 0.2 | 0.9 |\n| 1.1 | 0.1 | 0.2 |",
    "0.1 & 0.2 & 0.9 \\\\\n1.1 & 0.1 & 0.2 \\\\",
    "```\n0.1 0.2 0.9\n1.1 0.1 0.2\n```",
    "# by hand\n0.1 0.2 0.9\n1.1 0.1 0.2",
    ",z_0,z_1,z_2\n0,0.1,0.2,0.9\n1,1.1,0.1,0.2",
    "   z_0  z_1  z_2\n0  0.1  0.2  0.9\n1  1.1  0.1  0.2",
    # decimal commas
    "0,1;0,2;0,9\n1,1;0,1;0,2",
    "0,1\t0,2\t0,9\n1,1\t0,1\t0,2",
    "0,1 0,2 0,9\n1,1 0,1 0,2",
    "0,1, 0,2, 0,9\n1,1, 0,1, 0,2",
    "[0,1 0,2 0,9]\n[1,1 0,1 0,2]",
    # other signs and digits
    "+0.1 .2 9e-1\n1.1 1e-1 2E-1",
    "０．１\t0.2\t0.9\n1.1\t０.１\t0.2",
    # brackets
    "[[0.1, 0.2, 0.9], [1.1, 0.1, 0.2]]",
    "[[0.1 0.2 0.9]\n [1.1 0.1 0.2]]",
    "[0.1, 0.2, 0.9]\n[1.1, 0.1, 0.2]",
    "[0.1, 0.2, 0.9], [1.1, 0.1, 0.2]",
    "((0.1, 0.2, 0.9), (1.1, 0.1, 0.2))",
    "[0.1 0.2 0.9; 1.1 0.1 0.2]",
    "[[[0.1, 0.2, 0.9],\n  [1.1, 0.1, 0.2]]]",
    "array([[0.1, 0.2, 0.9],\n       [1.1, 0.1, 0.2]], dtype=float32)",
    "tensor([[0.1000, 0.2000, 0.9000],\n        [1.1000, 0.1000, 0.2000]], device='cuda:0',\n"
    "       dtype=torch.float64, grad_fn=<AddmmBackward0>)",
    "Parameter containing:\ntensor([[0.1, 0.2, 0.9],\n        [1.1, 0.1, 0.2]], "
    "requires_grad=True)",
    "import torch\nlogits = torch.tensor([[0.1, 0.2, 0.9], [1.1, 0.1, 0.2]])",
    ">>> z = np.array([[0.1, 0.2, 0.9], [1.1, 0.1, 0.2]])",
    "[[np.float64(0.1), np.float64(0.2), 0.9], [1.1, 0.1, 0.2]]",
    '{"logits": [[0.1, 0.2, 0.9], [1.1, 0.1, 0.2]]}',
    '[{"z_0": 0.1, "z_1": 0.2, "z_2": 0.9}, {"z_0": 1.1, "z_1": 0.1, "z_2": 0.2}]',
    "{{0.1, 0.2, 0.9}, {1.1, 0.1, 0.2}}",
    "<tf.Tensor: shape=(2, 3), dtype=float32, numpy=\narray([[0.1, 0.2, 0.9],\n"
    "       [1.1, 0.1, 0.2]], dtype=float32)>",
    # heads of numbers, as pandas writes them, and columns of row numbers
    "0,1,2\n0.1,0.2,0.9\n1.1,0.1,0.2",
    ",0,1,2\n0,0.1,0.2,0.9\n1,1.1,0.1,0.2",
    "id,a,b,c\n17,0.1,0.2,0.9\n4,1.1,0.1,0.2",
    "     0    1    2\n0  0.1  0.2  0.9\n1  1.1  0.1  0.2",
    # what Excel, web pages and chats add
    "sep=;\n0.1;0.2;0.9\n1.1;0.1;0.2",
    "sep=,\r\n0.1,0.2,0.9\r\n1.1,0.1,0.2",
    "\u200b0.1\u200e\t0.2\t\ufeff0.9\u200f\n1.1\t0.1\t\u20600.2",
    "\u202a0.1\u202c\t0.2\t\u00ad0.9\n1.1\t0.1\t\u20660.2\u2069",
    # as R, MATLAB, Octave and Julia print a matrix, and as R prints vectors
    "     [,1] [,2] [,3]\n[1,]  0.1  0.2  0.9\n[2,]  1.1  0.1  0.2",
    "     cat  dog   ox\n[1,]  0.1  0.2  0.9\n[2,]  1.1  0.1  0.2",
    "     [,1] [,2]\n[1,]  0.1  0.2\n[2,]  1.1  0.1\n     [,3]\n[1,]  0.9\n[2,]  0.2",
    "[1] 0.1 0.2 0.9\n[1] 1.1 0.1\n[3] 0.2",
    # as Keras predicts
    "1/1 [======] - 0s 50ms/step\n[[0.1 0.2 0.9]\n [1.1 0.1 0.2]]",
    # as pandas prints a table that is too wide
    "   cat  dog  \\\n0  0.1  0.2   \n1  1.1  0.1   \n\n    ox  \n0  0.9  \n1  0.2  ",
    "z =\n\n  Columns 1 through 2\n\n    0.1000    0.2000\n    1.1000    0.1000\n\n  Column 3\n\n"
    "    0.9000\n    0.2000\n\n",
    " Columns 1 and 2:\n\n   0.1000   0.2000\n   1.1000   0.1000\n\n Column 3:\n\n   0.9000\n"
    "   0.2000\n",
    "ans =\n\n    0.1000    0.2000    0.9000\n    1.1000    0.1000    0.2000\n",
    "z =\n\n  2×3 single matrix\n\n   0.1000   0.2000   0.9000\n   1.1000   0.1000   0.2000\n",
    "2×3 Matrix{Float64}:\n 0.1  0.2  0.9\n 1.1  0.1  0.2",
    # comments behind the rows
    "[[0.1, 0.2, 0.9],  # a cat\n [1.1, 0.1, 0.2]]  # a dog",
    "0.1 0.2 0.9  # a cat\n1.1 0.1 0.2",
    "0.1, 0.2, 0.9 // a cat\n1.1, 0.1, 0.2 // a dog",
    # JSON lines
    '{"z_0": 0.1, "z_1": 0.2, "z_2": 0.9}\n{"z_0": 1.1, "z_1": 0.1, "z_2": 0.2}\n',
    '{"logits": [0.1, 0.2, 0.9]}\n\n{"logits": [1.1, 0.1, 0.2]}',
]


@pytest.mark.parametrize("text", SHAPES)
def test_every_shape_of_text_is_read(text: str) -> None:
    found = read(text)
    assert (found.logits, found.labels, found.targets) == (ROWS, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "z_0;z_1;y\n0.1;0.2;1\n1.1;0.1;0",
        "Label,a,b\n1,0.1,0.2\n0,1.1,0.1",
        "0.1 0.2 1\n1.1 0.1 0",
        "[0.1 0.2; 1.1 0.1]\n[1 0]",
        "[0.1 0.2\n 1.1 0.1]\n[0 1; 1 0]",
        "0.1,0.2,0,1\n1.1,0.1,1,0",
        "z_0,z_1,t_0,t_1\n0.1,0.2,0,1\n1.1,0.1,1,0",
        "y_0,y_1,z_0,z_1\n0,1,0.1,0.2\n1,0,1.1,0.1",
        "[[0.1, 0.2, 1], [1.1, 0.1, 0]]",
        "[([0.1, 0.2], 1), ([1.1, 0.1], 0)]",
        "[0.1, 0.2], 1\n[1.1, 0.1], 0",
        "([[0.1, 0.2], [1.1, 0.1]], [1, 0])",
        "logits = torch.tensor([[0.1, 0.2], [1.1, 0.1]])\ny = torch.tensor([1, 0])",
        "y = [1, 0]\nlogits = [[0.1, 0.2], [1.1, 0.1]]",
        "tensor([[0.1, 0.2], [1.1, 0.1]])\ntensor([[1], [0]])",
        '{"logits": [[0.1, 0.2], [1.1, 0.1]], "targets": [1, 0]}',
        '{"targets": [[0, 1], [1, 0]], "logits": [[0.1, 0.2], [1.1, 0.1]]}',
        "{'batch': {'logits': [[0.1, 0.2], [1.1, 0.1]], 'labels': [1, 0]}}",
        "Model output: [[0.1 0.2]\n [1.1 0.1]]\nTrue labels: [1 0]",
        "# z0 z1 y\n1.0e-01 2.0e-01 1.0e+00\n1.1e+00 1.0e-01 0.0e+00",
        "# of run 7\n# cat,dog,y\n0.1,0.2,1.0\n1.1,0.1,0.0",
        "#,cat,dog,y\n5,0.1,0.2,1\n3,1.1,0.1,0",
        "# z0 z1\n0.1 0.2\n1.1 0.1\n\n1 0",
        '"cat" "my dog" "y"\n"1" 0.1 0.2 1\n"2" 1.1 0.1 0',
        "  true labels:\n[1 0]\nlogits:\n[[0.1 0.2]\n [1.1 0.1]]",
        "cat,dog,class\n0.1,0.2,dog\n1.1,0.1,cat",
        "z_0 (cat),z_1 (dog),label (true)\n0.1,0.2,1\n1.1,0.1,0",
        "cat (logit)\tdog (logit)\tclass\n0.1\t0.2\tdog (logit)\n1.1\t0.1\tcat (logit)",
        "cat,dog,class\n0.1,0.2,Dog\n1.1,0.1,Cat",
        "logit cat,logit dog,class\n0.1,0.2,dog\n1.1,0.1,cat",
        "z_ox,z_dog,class\n0.1,0.2,dog\n1.1,0.1,ox",
        "0.1,0.2,dog\n1.1,0.1,cat",
        "1,0.1,0.2\n0,1.1,0.1",
        "dog,0.1,0.2\ncat,1.1,0.1",
        "correct class,z_0,z_1\n1,0.1,0.2\n0,1.1,0.1",
        "Klasse;z0;z1\n1;0,1;0,2\n0;1,1;0,1",
        "0,0.1,0.2,1\n1,1.1,0.1,0",
        '[{"logits": [0.1, 0.2], "target": 1}, {"logits": [1.1, 0.1], "target": 0}]',
        '{"logits": [0.1, 0.2], "y": 1}\n{"logits": [1.1, 0.1], "y": 0}',
        '{"logits": [[0.1, 0.2], [1.1, 0.1]]}\n{"y": [1, 0]}',
        '{"x": [0.1, 0.2], "y": "dog"}\n{"x": [1.1, 0.1], "y": "cat"}',
        '[{"label": [0, 1], "logits": [0.1, 0.2]}, {"label": [1, 0], "logits": [1.1, 0.1]}]',
        "[[[0.1, 0.2], [0, 1]], [[1.1, 0.1], [1, 0]]]",
        "F.cross_entropy(torch.tensor([[0.1, 0.2], [1.1, 0.1]]), torch.tensor([1, 0]))",
        '{"logits": [[0.1, 0.2], [1.1, 0.1]], "y": ["dog", "cat"]}',
        ">>> logits\narray([[0.1, 0.2],\n       [1.1, 0.1]])\n>>> print(y)\n[1 0]",
        "In [1]: z\nOut[1]: \ntensor([[0.1, 0.2],\n        [1.1, 0.1]])\n\nIn [2]: y\n"
        "Out[2]: tensor([1, 0])",
    ],
)
def test_what_is_true_is_found_wherever_it_stands(text: str) -> None:
    found = read(text)
    assert (found.logits, found.labels) == (((0.1, 0.2), (1.1, 0.1)), (1, 0))
    assert " and a " in found.sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("z0,z1,target,prediction\n.1,.2,1,0\n1.1,.1,0,0", "column 'prediction' is left out"),
        ("z0,z1,y,y_pred\n.1,.2,1,0\n1.1,.1,0,0", "column 'y_pred' is left out"),
        ("sample,z0,z1,label\n7,.1,.2,1\n9,1.1,.1,0", "column 'sample' is left out"),
        ("z0,z1,label,id\n.1,.2,1,7\n1.1,.1,0,9", "column 'id' is left out"),
        ("z0,z1,p0,p1,y\n.1,.2,.4,.6,1\n1.1,.1,.7,.3,0", "columns 'p0', 'p1' are left out"),
        ("p0,p1,z₀,z₁,y\n.4,.6,.1,.2,1\n.7,.3,1.1,.1,0", "columns 'p0', 'p1' are left out"),
        ("x0,x1,x2,logit0,logit1,y\n1,2,3,.1,.2,1\n1,2,3,1.1,.1,0", "'x0', 'x1', 'x2' are left"),
        ("z0,z1,t0,t1,gap\n.1,.2,0,1,5\n1.1,.1,1,0,6", "column 'gap' is left out"),
        ("logit a,logit b,gap,y\n.1,.2,5,1\n1.1,.1,6,0", "column 'gap' is left out"),
        ("0,1,y,gap\n.1,.2,1,5\n1.1,.1,0,6", "column 'gap' is left out"),
        ("cat,dog,y,pred\n.1,.2,dog,cat\n1.1,.1,cat,cat", "column 'pred' is left out"),
        ("z0,z1,truth,pred\n.1,.2,1,1\n1.1,.1,0,0", "column 'pred' is left out"),
        ("z0,z1,kind,pred\n.1,.2,1,1\n1.1,.1,0,0", "column 'pred' is left out"),
        (
            '[{"logits": [0.1, 0.2], "probs": [0.4, 0.6], "y": 1},'
            ' {"logits": [1.1, 0.1], "probs": [0.7, 0.3], "y": 0}]',
            "columns 'probs_0', 'probs_1' are left out",
        ),
    ],
)
def test_columns_beside_the_logits_are_left_out_and_said(text: str, says: str) -> None:
    found = read(text)
    assert (found.logits, found.labels) == (((0.1, 0.2), (1.1, 0.1)), (1, 0))
    assert says in found.sentence


@pytest.mark.parametrize(
    ("text", "labels", "says"),
    [
        ('{"logits": [[1, 2], [3, 0]], "preds": [1, 0]}', None, "'preds' is left out"),
        ('{"probs": [[0, 1], [1, 0]], "logits": [[1, 2], [3, 0]]}', None, "'probs' is left out"),
        ("z = [[1, 2], [3, 0]]\ny = [1, 0]\nloss = [0.3, 3]", (1, 0), "'loss' is left out"),
        (
            '{"logits": [[1, 2], [3, 0]], "probs": [[0, 1], [1, 0]], "pred": [1, 0], "y": [0, 1]}',
            (0, 1),
            "'probs', 'pred' are left out",
        ),
    ],
)
def test_lists_beside_the_logits_are_left_out_and_said(
    text: str, labels: tuple[int, ...] | None, says: str
) -> None:
    found = read(text)
    assert (found.logits, found.labels, found.targets) == (((1, 2), (3, 0)), labels, None)
    assert says in found.sentence


def test_whole_numbers_are_what_their_names_say() -> None:
    found = read("correct class,z_0,z_1,z_2\n1,3,5,0\n0,4,1,2")
    assert (found.logits, found.labels) == (((3, 5, 0), (4, 1, 2)), (1, 0))
    found = read('{"image":7,"logits":[1.5,2,3]}\n{"image":9,"logits":[1,2,0.5]}')
    assert (found.logits, found.labels) == (((1.5, 2, 3), (1, 2, 0.5)), None)
    assert "column 'image' is left out" in found.sentence


def test_names_that_end_in_the_number_of_a_class_are_that_class() -> None:
    found = read("class 2,1,2,3,4\nclass 3,1,2,3,5")
    assert (found.labels, "class 2 = 2" in found.sentence) == ((2, 3), True)
    rows = [f"c{k}," + ",".join(f"{i * k % 7}.5" for i in range(10)) for k in range(1, 11)]
    assert read("\n".join(rows)).labels == tuple(range(10))  # c1 is the first one


def test_predictions_without_logits_beside_them_are_read() -> None:
    found = read("y_true = [1, 0]\ny_pred = [[0.4, 0.6], [0.7, 0.3]]")
    assert (found.logits, found.labels) == (((0.4, 0.6), (0.7, 0.3)), (1, 0))


@pytest.mark.parametrize("name", ["n", "Nr.", "no", "sample", "epoch", "Image"])
def test_a_column_that_counts_the_rows_holds_no_classes(name: str) -> None:
    found = read(f"{name},a,b,c\n1,.1,.2,.9\n2,1.1,.1,.2")
    assert (found.logits, found.labels) == (ROWS, None)
    assert "the column of row numbers is left out" in found.sentence


@pytest.mark.parametrize(
    "text",
    [
        ",cat,dog,ox,y\n5,0.1,0.2,0.9,2\n3,1.1,0.1,0.2,0",
        ",0,1,2,y\n5,0.1,0.2,0.9,2\n3,1.1,0.1,0.2,0",
        "idx,cat,dog,ox,y\n5,0.1,0.2,0.9,2\n3,1.1,0.1,0.2,0",
        "   cat  dog   ox  y\n5  0.1  0.2  0.9  2\n3  1.1  0.1  0.2  0",
        "     0    1    2  y\n5  0.1  0.2  0.9  2\n3  1.1  0.1  0.2  0",
    ],
)
def test_rows_that_pandas_has_shuffled_keep_no_number_as_a_logit(text: str) -> None:
    found = read(text)
    assert (found.logits, found.labels) == (ROWS, (2, 0))
    assert "the column of row numbers is left out" in found.sentence
    bare = [line.rpartition("," if "," in line else "  ")[0] for line in text.splitlines()]
    assert read("\n".join(bare)).logits == ROWS


@pytest.mark.parametrize("mark", [".", ")"])
def test_the_numbers_of_a_list_are_no_logits(mark: str) -> None:
    found = read(f"1{mark} 0.1 0.2 0.9\n2{mark} 1.1 0.1 0.2")
    assert found.logits == ROWS
    assert "the column of row numbers is left out" in found.sentence
    assert read("1. 0.1 3.\n2. 0.2 4.").logits == ((1.0, 0.1, 3.0), (2.0, 0.2, 4.0))
    assert read("[[1. 0.1 0.2]\n [2. 0.2 0.4]]").logits == ((1.0, 0.1, 0.2), (2.0, 0.2, 0.4))


def test_probabilities_that_are_taken_for_logits_are_said() -> None:
    says = "each row sums to 1 as probabilities do, and is taken for logits"
    assert says in read("0.7,0.2,0.1\n0.1,0.8,0.1").sentence
    assert says in read("0.7,0.2,0.1,0\n0.1,0.8,0.1,1").sentence
    assert says not in read("0.7,0.2,0.1\n0.1,0.9,0.1").sentence


def test_a_number_beside_the_logits_is_no_logit() -> None:
    found = read("z0,z1,margin\n.1,.2,.1\n1.1,.1,-1")
    assert (found.logits, found.labels) == (((0.1, 0.2), (1.1, 0.1)), None)
    assert "column 'margin' is left out" in found.sentence


@pytest.mark.parametrize(
    "text",
    [
        "z1,z0,y\n.2,.1,1\n.1,1.1,0",
        "z₂,y,z₁\n.2,1,.1\n.1,0,1.1",
        "z1,t1,t0,z0\n.2,1,0,.1\n.1,0,1,1.1",
    ],
)
def test_logits_and_targets_stand_in_the_order_of_their_numbers(text: str) -> None:
    found = read(text)
    assert (found.logits, found.labels) == (((0.1, 0.2), (1.1, 0.1)), (1, 0))
    assert "columns are put in the order of their numbers" in found.sentence


@pytest.mark.parametrize("head", ["z0,z1,z2", "z₀,z₁,z₂", "logit cat,logit dog,logit ox"])
def test_a_column_that_is_called_a_logit_holds_no_class(head: str) -> None:
    found = read(f"{head}\n.5,1.2,0\n.1,.3,1")
    assert (found.logits, found.labels) == (((0.5, 1.2, 0.0), (0.1, 0.3, 1.0)), None)


@pytest.mark.parametrize("last", ["output_class", "output target", "output_true_class"])
def test_a_column_that_is_called_a_class_beside_logits_of_classes_is_one(last: str) -> None:
    found = read(f"output_a,output_b,{last}\n.5,1.2,0\n.1,.3,1")
    assert (found.logits, found.labels) == (((0.5, 1.2), (0.1, 0.3)), (0, 1))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("output a,output b,output loss", "a = 0, b = 1, loss = 2"),
        ("score a,score b,score total", "a = 0, b = 1, total = 2"),
        ("logit_a,logit_b,logit_true", "a = 0, b = 1, true = 2"),
    ],
)
def test_what_is_taken_for_the_name_of_a_class_is_said(head: str, names: str) -> None:
    assert f"; class names: {names}." in read(f"{head}\n.5,1.2,0\n.1,.3,1").sentence
    said = read(f"{head},y\n.5,1.2,.1,b\n.1,.3,.2,a").sentence
    assert said.count("class names: ") == said.count(names) == 1


@pytest.mark.parametrize("head", [["z0", "z1", "y"], ["cat", "dog", "label"]])
def test_json_that_pandas_splits_has_its_names_and_no_index(head: list[str]) -> None:
    split = {"columns": head, "index": [7, 9], "data": [[1.5, 0.2, 0], [0.3, 2.1, 1]]}
    found = read(json.dumps(split))
    assert (found.logits, found.labels) == (((1.5, 0.2), (0.3, 2.1)), (0, 1))
    with pytest.raises(InputError):
        read(json.dumps({**split, "data": 1}))
    with pytest.raises(InputError):
        read(json.dumps({**split, "data": []}))


def test_numbers_of_classes_are_no_names() -> None:
    assert "class names" not in read("logit_0,logit_1,y\n.5,1.2,0\n.1,.3,1").sentence


def test_names_that_end_in_numbers_and_do_not_count_are_names() -> None:
    found = read("net18,net50,vgg16,y\n.1,.2,.3,1\n1.1,.1,.2,0")
    assert found.logits == ((0.1, 0.2, 0.3), (1.1, 0.1, 0.2))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("2.0,1.0,True\n0.5,2.0,False\n1.0,2.0,True", (1, 0, 1)),
        ("2.0,1.0,y\n0.5,2.0,n\n1.0,2.0,y", (1, 0, 1)),
        ("2.0,1.0,class\n0.5,2.0,object", (0, 1)),
        ("True\t2.0\t1.0\nFalse\t0.5\t2.0", (1, 0)),
        ("0,1,True\n0.5,2.0,False", (1, 0)),
        ("0 1 y\n0.5 2.0 n\n1 2 y", (1, 0, 1)),
        ("2.0 1.0 True", (0,)),
        ("0,1,y\n0.5,2.0,1", (1,)),
        ("0,1,true\n0.5,2.0,1", (1,)),
    ],
)
def test_a_class_that_is_called_as_a_column_is_makes_no_head(
    text: str, labels: tuple[int, ...]
) -> None:
    assert read(text).labels == labels


@pytest.mark.parametrize(
    "text",
    [
        "0.1 0.2\n1.1 0.1\n\n1 0",
        "0.1 0.2\n1.1 0.1\n\n1\n0\n",
        "0.1\t0.2\r\n1.1\t0.1\r\n\r\n1\t0",
        "z0,z1\n0.1,0.2\n1.1,0.1\n\n1,0",
    ],
)
def test_classes_below_an_empty_line_are_no_logits(text: str) -> None:
    found = read(text)
    assert (found.logits, found.labels) == (((0.1, 0.2), (1.1, 0.1)), (1, 0))
    assert "the numbers below the empty line are the classes" in found.sentence


def test_logits_below_an_empty_line_are_logits() -> None:
    assert len(read("0.1 0.2\n1.1 0.1\n\n1.5 0").logits) == 3
    assert len(read("1 2\n3 4\n\n5 6").logits) == 3
    with pytest.raises(InputError, match="Line 4, column 1 holds the class 2"):
        read("0.1 0.2\n1.1 0.1\n\n2 1")


@pytest.mark.parametrize(
    "text",
    [
        "[2.0 1.0 0.1\n 0.5 2.0 0.3]",
        "z = [2.0 1.0 0.1\n     0.5 2.0 0.3]",
        "[2.0, 1.0, 0.1\n 0.5, 2.0, 0.3]",
        "[2.0 1.0 0.1;\n 0.5 2.0 0.3]",
        "[\n2.0 1.0 0.1\n0.5 2.0 0.3\n]",
    ],
)
def test_the_lines_of_a_bracket_are_rows_as_in_matlab(text: str) -> None:
    assert read(text).logits == ((2.0, 1.0, 0.1), (0.5, 2.0, 0.3))


def test_a_row_that_is_too_long_for_a_line_is_one_row() -> None:
    row = tuple(np.random.default_rng(0).normal(size=8) * 1e-7)
    printed = str(np.array(row))
    assert len({len(line.split()) for line in printed.strip("[]").splitlines()}) == 1
    np.testing.assert_allclose(read(printed).logits, [row], rtol=1e-6)
    assert read("[1.5,\n 2,\n 3\n]").logits == ((1.5, 2, 3),)


def test_targets_beside_logits_are_said_and_can_be_logits() -> None:
    text = "2.0,1.0,0.1,1,0,0\n0.5,2.0,0.3,0,1,0\n"
    found = read(text)
    assert found.sentence == "Read as: 3 logits and a one-hot target a row, 2 rows."
    assert (found.labels, found.targets) == ((0, 1), None)
    assert found.layouts == ("targets", "classes", "logits")
    assert [layout_words(each, found) for each in found.layouts] == [
        "3 logits, 3 targets",
        "5 logits, a class",
        "6 logits",
    ]
    assert read(text, layout="classes").logits == ((2.0, 1.0, 0.1, 1.0, 0.0), (0.5, 2, 0.3, 0, 1))
    assert read(text, layout="logits").logits == ((2, 1, 0.1, 1, 0, 0), (0.5, 2, 0.3, 0, 1, 0))
    for layout in found.layouts:
        again = read(text, layout=layout)
        assert (again.layout, {*again.layouts}) == (layout, {*found.layouts})


@pytest.mark.parametrize(
    "text",
    [
        "0.1,0.2,0.9,True,False,False\n1.1,0.1,0.2,False,False,True",
        "z0,z1,z2,cat,dog,ox\n0.1,0.2,0.9,True,False,False\n1.1,0.1,0.2,False,False,True",
        "   z_0  z_1  z_2    t_0    t_1    t_2\n0  0.1  0.2  0.9   True  False  False\n"
        "1  1.1  0.1  0.2  False  False   True",
        "[[0.1, 0.2, 0.9], [1.1, 0.1, 0.2]]\n[[ True False False]\n [False False  True]]",
        '[{"z": [0.1, 0.2, 0.9], "y": [true, false, false]},'
        ' {"z": [1.1, 0.1, 0.2], "y": [false, false, true]}]',
    ],
)
def test_one_hot_targets_may_be_true_and_false(text: str) -> None:
    found = read(text)
    assert (found.logits, found.labels) == (ROWS, (0, 2))
    assert "True is 1 and False is 0" in found.sentence


@pytest.mark.parametrize(
    "text",
    [
        '{"cat": 0.1, "dog": 0.2, "ox": 0.9}',
        "{'cat': 0.1,\n 'dog': 0.2,\n 'ox': 0.9, 'y': 'ox'}",
        "{z_2: 0.9, z_0: 0.1, z_1: 0.2, y: 2}",
        '{"logits": [0.1, 0.2, 0.9], "label": 2, "loss": 0.5, "y": 2}',
        "logits = [[0.1, 0.2, 0.9]]\ny = 2",
    ],
)
def test_one_example_may_be_a_dictionary(text: str) -> None:
    found = read(text)
    assert found.logits == ROWS[:1]
    assert found.labels == ((2,) if "y" in text else None)


def test_names_true_and_false_above_columns_are_no_numbers() -> None:
    found = read("no,false,yes\n0.1,0.2,0.9\n1.1,0.1,0.2")
    assert found.logits == ROWS
    with pytest.raises(InputError, match="1 logit"):  # the true class is called "true", as y is
        read("true,false\n0.1,0.2\n1.1,0.1")


def test_a_comment_above_names_of_columns_is_a_comment() -> None:
    found = read("# cat,dog,ox\nz0,z1,z2\n0.1,0.2,0.9\n1.1,0.1,0.2")
    assert found.logits == ROWS
    assert "1 line that begins with # left out" in found.sentence


def test_soft_targets_are_kept_as_they_are() -> None:
    found = read("2.0,1.0,0.1,0.7,0.2,0.1\n0.5,2.0,0.3,0.1,0.8,0.1\n")
    assert found.targets == ((0.7, 0.2, 0.1), (0.1, 0.8, 0.1))
    assert found.labels == (0, 1)
    assert "soft targets" in found.sentence
    assert found.layouts == ("targets", "logits")
    assert read("1 2 3 .33 .33 .33\n1 2 3 1 0 0").targets is not None  # rounded


@pytest.mark.parametrize(
    "text", ["1 2 3 .5 .5 .5", "1 2 3 1.5 -.5 0", "1 2 0 0", "1 2 3 0.5 0.5", "1 2 3 1 1 1"]
)
def test_what_does_not_sum_to_one_is_no_target(text: str) -> None:
    assert read(text).layout != "targets"
    with pytest.raises(InputError):
        read(text, layout="targets")


def test_a_slip_among_targets_is_pointed_out() -> None:
    found = read("2.5 1 .1 1 0 0\n.5 2 .3 0 1 0\n.5 2 .3 0 1 1")
    assert found.layout == "classes"
    assert "those of line 3 do not sum to 1" in found.sentence


# ------------------------------------------------------------- ignored and masked


@pytest.mark.parametrize(
    ("text", "options", "labels", "index"),
    [
        ("2.0,1.0,0\n0.5,2.0,-100\n0.2,2.1,1", {}, (0, -100, 1), -100),
        ("2.0,1.0,0\n0.5,2.0,255\n0.2,2.1,1", {}, (0, 255, 1), 255),
        ("2.0,1.0,255\n0.5,2.0,-100\n0.2,2.1,1", {}, (-100, -100, 1), -100),
        ("2.0,1.0,-1\n0.5,2.0,-1\n0.2,2.1,1", {"ignore_index": -1}, (-1, -1, 1), -1),
        ("2.0,1.0,1\n0.5,2.0,0", {"ignore_index": 1}, (1, 0), 1),
        ("2.0,1.0,1,0\n0.5,2.0,0,0", {}, (0, -100), -100),
        ('{"logits": [[2, 1], [0, 1]], "y": [-100, -100]}', {}, (-100, -100), -100),
    ],
)
def test_labels_that_are_no_classes_are_ignored(
    text: str, options: dict[str, int], labels: tuple[int, ...], index: int
) -> None:
    found = read(text, **options)
    assert (found.labels, found.ignore_index) == (labels, index)
    assert found.ignored == tuple(i for i, y in enumerate(labels) if y == index)
    count = len(found.ignored)
    assert f"{count} row{'s' * (count > 1)} ignored (label {index})" in found.sentence


@pytest.mark.parametrize("minus", ["-inf", "−inf", "-Infinity", "−∞", "-np.inf", "float('-inf')"])
def test_a_masked_class_is_a_logit_and_said(minus: str) -> None:
    found = read(f"[[2.0, {minus}, 0.5], [0.5, 2.0, {minus}]]")
    assert found.logits == ((2.0, -INF, 0.5), (0.5, 2.0, -INF))
    assert "2 logits of −∞" in found.sentence
    above = read("2.0 inf 0.5\n1 2 3.5")
    assert above.logits[0] == (2.0, INF, 0.5)
    assert "+∞" in above.sentence


# ------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("(2.0)\t1.0\t0.1", (-2, 1, 0.1)),
        ("1.0\t(2.0)\t0.1\n1\t2\t3", (1, -2, 0.1)),
        ("(2.0), 1.0, (0.1)", (-2, 1, -0.1)),
        ("(2.0) (1.0) (0.1)\n1 2 3", (-2, -1, -0.1)),
        ("(2,5);1,5;0,1", (-2.5, 1.5, 0.1)),
        ('"(1,234.5)","2.5","0.1"', (-1234.5, 2.5, 0.1)),
        ("a\tb\tc\n(2)\t1\t.1", (-2, 1, 0.1)),
        ("( 2.0)\t1.0\t( .1 )", (-2, 1, -0.1)),
    ],
)
def test_numbers_in_parentheses_are_negative_and_said(text: str, first: Any) -> None:
    found = read(text)
    assert found.logits[0] == first
    assert "numbers in parentheses are negative, (" in found.sentence


@pytest.mark.parametrize("text", ["(0.5,2)\n(1,3)", "(0.5,2.0)\n(1.,3.)", "(0.5, 2), (1, 3)"])
def test_lists_in_parentheses_keep_their_sign(text: str) -> None:
    assert read("(1,3), 1\n(2,5), 0", layout="classes").logits == ((1, 3), (2, 5))
    assert read(text, layout="logits").logits == ((0.5, 2), (1, 3))


@pytest.mark.parametrize(
    ("text", "marks", "value", "asks"),
    [
        ("1,234;2\n3;4", None, 1.234, True),
        ("1,234;2\n3;4", "point", 1234.0, True),
        ("1,234;2\n3,5;4", None, 1.234, False),
        ("1,234;2\n3.5;4", None, 1234.0, False),
        ("1,234.5;2\n3;4", None, 1234.5, False),
        ("1.234,5;2\n3;4", None, 1234.5, False),
        ("1.234;2\n3,5;4", None, 1234.0, False),
        ("1 234,5;2\n3;4", None, 1234.5, False),
        ("1'234;2\n3;4", None, 1234.0, False),
        ("1\u2009234\t2\n3\t4", None, 1234.0, False),
        ("1\u202f234 2\n3 4", None, 1234.0, False),
        ('"1,234","2"\n"3","4"', None, 1.234, True),
        ("0,123;2\n3;4", None, 0.123, False),
    ],
)
def test_thousands_and_decimal_commas(text: str, marks: Any, value: float, asks: bool) -> None:
    found = read(text, marks=marks)
    assert found.logits[0][0] == value
    assert (found.marks is not None) == asks
    if "1,234" in text and ".5" not in text.replace("3.5", ""):
        assert f"as {value:g}" in found.sentence
    elif "," in text and "." not in text:
        assert "commas as decimal marks" in found.sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing in it"),
        ("\n \n", "nothing in it"),
        ("# only words", "no numbers in it"),
        ("[,1]", "the head of a table and no numbers"),
        ("digit,z0,z1,z2\n7,1,2,3", "column 1 holds the class 7"),
        ("1,2,0\n3,4,1e400", "too large"),
        ("1 2\n3", "Line 2 has 1 cell and"),
        ("z = [[1, 2], [3, 4]]\nT = 0.5", "Line 2, character 5 holds '0.5' where a list"),
        ("[1 2\n 3 4]\n\n0 1", "Line 4, character 1 holds '0' where a list of numbers belongs"),
        ('{"cat": {"0": 1.5, "1": 0.3}, "dog": {"0": 2, "1": 0.4}}', "character 15 holds '1.5'"),
        ("[1 2\n 3]", "Line 2 has 1 cell and"),
        ("a,b\n1,2\n3", "Line 3 has 1 cell and"),
        ("1 2\n3 x", "Line 2, column 2 holds 'x'"),
        ("1 2\n\n3 x", "Line 3, column 2 holds 'x'"),
        ("1 nan", "Line 1, column 2 holds 'nan', which is no number.*leave the whole row"),
        ("nan nan\n1 2", "Line 1, column 1 holds 'nan'"),
        ("1;;3", "Line 1, column 2 is empty"),
        ("1e999 2", "column 1 holds '1e999', which is too large"),
        ("½ 2", "Line 1, column 1 holds '½'.*Write 0.5"),
        ("1 3/4", "column 2 holds '3/4'.*Write 0.75"),
        ("1;50 %", "column 2 holds '50 %'.*0.25"),
        ("1\n2", "Each row has 1 column\\."),
        (" ".join(["1.5"] * 11), "11 columns"),
        (" ".join(["1.5"] * 21), "21 columns"),
        ("\n".join(["1 2"] * 65), "65 rows"),
        ("a,b\n", "holds 'a'"),
        ("loss\n0.3\n0.2", "No column of logits.*the losses are left out"),
        ("id,loss\n7,0.3", "No column of logits.*the column of row numbers is left out"),
        ('[{"pred": 1}, {"pred": 0}]', "No column of logits.*'pred' is left out"),
        ("y,a,b\n2,1,1", "Line 2, column 1 holds the class 2"),
        ("y,a,b\n0.5,1,1", "the class 0.5"),
        ("2.5 1 -1\n0.5 2 0", "the class -1.*Ignored label"),
        ("x" * 300_000, "characters"),
        ("1,2\n3," + "4" * 131_073, "cannot be divided into cells"),
        ("[[1, 2], [3, 4]", "Line 1, character 1: the bracket “\\[” is never closed"),
        ("[[1, 2], [3, 4)]", "Line 1, character 15 holds '\\)'"),
        ("[[1, 2],\n [3, nan]]", "Line 2, column 2 holds 'nan'"),
        ("[[1, 2], [3]]", "Line 1 has 1 cell and"),
        ("[]", "empty list"),
        ("[[], [1, 2]]", "empty list"),
        ('[{"a": 1, "b": 2}, {"a": 1, "c": 2}]', "Line 1 has other values"),
        ('{"a": 1, "b": 2}\n{"a": 1, "c": 2}', "Line 2 has other values"),
        ('{"z": [[1, 2], [3, 4]]}\n{"z": [[1, 2], [3, 4]]}', "a list of 2 axes.*one batch"),
        ("1\u200b2 3", "Line 1, column 1 holds '1.u200b2'"),
        ("torch.zeros([2, 3])", "holds 'torch.zeros'"),
        ("tensor([1., 2.]).softmax(0)", "character 17 holds '.softmax'"),
        ("array([[1, 2], [3, 4]]) * 2", "character 25 holds '\\*'"),
        ("[[1, np.nan]]", "holds 'np.nan', which is no number"),
        ("{}", "brackets are empty"),
        ("[[[1, 2], [3, 4]], [[1, 2], [3, 4]], [[1, 2], [3, 4]], [5]]", "axes|has"),
        ("[[1. 2. ... 3.]\n ...\n [4. 5. ... 6.]]", "character 9 leaves numbers out"),
        ("[[1, 2], …, [3, 4]]", "leaves numbers out.*set_printoptions"),
        ("1 2\n... ...\n3 4", "Line 2 leaves numbers out"),
        ("tensor([[1, 2]]) tensor([0]) tensor([1])", "3 tables"),
        ("tensor([[1, 2]]) tensor([0, 1, 1])", "1 × 2 and what is true is 1 × 3"),
        ('{"logits": [[1, 2]], "targets": [[0.5, 0.9]]}', "targets that sum to 1.4"),
        ('{"logits": [[1, 2]], "targets": [[1.5, -0.5]]}', "the target '-0.5'"),
        ('{"logits": [[1, 2]], "y": [2]}', "the class 2"),
        ("[" * 5000, "holds '\\['"),
        ("1.5,2,a\n1,2,b\n1,2,c", "the class 'a', and there are 2 columns"),
        ("cat,dog,y\n1,2,bird", "the class 'bird', and there are 2"),
        ("1.5 2 3 .5 .5 0\n1 2 3 0 0 0", "targets that are all 0"),
        ("1.0D-3 2.0D0 3.0d1\n1 2 3", "Line 1, column 1 holds '1.0D-3'"),
        ("1+2j 3-1j\n1 2", "Line 1, column 1 holds '1\\+2j'"),
        ("0x1.8p3 0x1p0\n1 2", "Line 1, column 1 holds '0x1.8p3'"),
        ("0.1\t0.2\t1.5 kg\n1.1\t0.1\t2.5 kg", "Line 1, column 3 holds '1.5 kg'"),
        ("z0 = [0.1, 0.2, 0.9]\nz1 = [0, 0, 1]", "Two lists are called 'z0' and 'z1'"),
        ("A =\n\n   1.0e+03 *\n\n 0.1 0.2\n 0.3 1.2", "Line 3 says that all .* by 1.0e\\+03"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_batch(text)
    assert re.search(says, str(caught.value)), caught.value
    assert caught.value.allowed or caught.value.advice


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_file_is_read_in_its_encoding(encoding: str) -> None:
    text = "Bär;Hündin;Klasse\r\n0,1;0,2;Hündin\r\n1,1;0,1;Bär\r\n"
    assert text_of(text.encode(encoding)) == text
    assert read(text).labels == (1, 0)


def test_a_file_that_is_no_text_is_refused() -> None:
    for content in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04\x14\0\x08\0"):
        with pytest.raises(InputError, match="no text"):
            text_of(content)
    with pytest.raises(InputError, match="The file has 200,001 bytes"):
        text_of(b"1" * (MOST_BYTES + 1))


def test_the_longest_text_is_read_and_no_longer_one() -> None:
    longest = "0.1 0.2" + " " * (MOST_BYTES - 7)
    assert read(longest).logits == ((0.1, 0.2),)
    with pytest.raises(InputError, match=r"200,001 characters"):
        read_batch(longest + " ")


# ---------------------------------------------------------- there and back again

numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)
plain_numbers = st.integers(-99_999, 99_999).map(lambda whole: whole / 1000)
logits = numbers | st.sampled_from([-INF, INF])


def rows(elements: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[tuple[float, ...], ...]]:
    sizes = st.integers(2, 10)
    table = sizes.flatmap(lambda k: st.lists(st.tuples(*[elements] * k), min_size=1, max_size=8))
    return table.map(tuple)


@given(rows(logits), st.integers(0, 2))
def test_our_own_file_comes_back_to_the_bit(
    table: tuple[tuple[float, ...], ...], ignored: int
) -> None:
    size = len(table[0])
    labels = tuple(-100 if i == ignored else i % size for i in range(len(table)))
    found = read(write_csv(table, labels, [math.nan] * len(table)))
    assert (found.logits, found.labels, found.targets) == (table, labels, None)
    shares = ((0.25, 0.75, *[0.0] * (size - 2)),) * len(table)
    found = read(write_csv(table, labels, [0.5] * len(table), shares))
    assert (found.logits, found.targets) == (table, shares)


def _comma(table: Any, between: str) -> str:
    return "\n".join(between.join(f"{z:.3f}".replace(".", ",") for z in row) for row in table)


def _thousands(table: Any, group: str) -> str:
    return "\n".join("\t".join(f"{z:,.3f}".replace(",", group) for z in row) for row in table)


FORMS: dict[str, Callable[[Any], str]] = {
    "csv": lambda table: "\n".join(",".join(map(repr, row)) for row in table),
    "tabs": lambda table: "\n".join("\t".join(map(repr, row)) for row in table),
    "spaces": lambda table: "\n".join(" ".join(map(repr, row)) for row in table),
    "semicolons": lambda table: "\n".join(";".join(map(repr, row)) for row in table),
    "a true minus": lambda table: "\n".join("\t".join(map(repr, r)) for r in table).replace(
        "-", "−"
    ),
    "markdown": lambda table: "\n".join("| " + " | ".join(map(repr, r)) + " |" for r in table),
    "lists": lambda table: repr([list(row) for row in table]),
    "tuples": lambda table: repr(tuple(table)),
    "json": lambda table: json.dumps(table, indent=1),
    "a dictionary": lambda table: json.dumps({"logits": table}),
    "numpy, printed": lambda table: str(np.array(table)),
    "numpy, as code": lambda table: repr(np.array(table)),
    "torch": lambda table: repr(torch.tensor(table, dtype=torch.float64)),
    "code": lambda table: f"z = torch.tensor({[list(row) for row in table]})",
    "decimal commas, semicolons": lambda table: _comma(table, ";"),
    "decimal commas, tabs": lambda table: _comma(table, "\t"),
    "decimal commas, spaces": lambda table: _comma(table, "  "),
    "decimal commas, commas": lambda table: _comma(table, ", "),
    "thousands, commas": lambda table: _thousands(table, ","),
    "thousands, spaces": lambda table: _thousands(table, " "),
    "thousands, thin spaces": lambda table: _thousands(table, "\u2009"),
    "thousands, apostrophes": lambda table: _thousands(table, "’"),
}
TO_THE_BIT = [
    *("csv", "tabs", "spaces", "semicolons", "a true minus", "markdown"),
    *("lists", "tuples", "json", "a dictionary", "code"),
]


@given(table=rows(logits))
def test_a_form_with_all_digits_comes_back_to_the_bit(table: Any) -> None:
    for form in TO_THE_BIT:
        assert read(FORMS[form](table), layout="logits").logits == table, form


@given(table=rows(plain_numbers))
def test_every_form_comes_back_as_far_as_it_goes(table: Any) -> None:
    torch.set_printoptions(precision=6, sci_mode=False)
    try:
        with np.printoptions(precision=8, suppress=True, threshold=1000):
            texts = {form: FORMS[form](table) for form in FORMS if form not in TO_THE_BIT}
    finally:
        torch.set_printoptions(profile="default")
    for form, text in texts.items():
        found = read(text, layout="logits", marks="comma" if "decimal" in form else "point")
        np.testing.assert_allclose(found.logits, table, rtol=1e-6, atol=1e-6, err_msg=form)


@given(table=rows(plain_numbers), data=st.data())
def test_classes_and_shares_come_back(table: Any, data: st.DataObject) -> None:
    n, size = len(table), len(table[0])
    labels = data.draw(st.lists(st.integers(0, size - 1), min_size=n, max_size=n).map(tuple))
    rows = [list(row) for row in table]
    assert read(json.dumps({"logits": rows, "targets": labels})).labels == labels
    beside = [[*row, *np.eye(size)[y].tolist()] for row, y in zip(rows, labels, strict=True)]
    text = "\n".join(",".join(map(repr, row)) for row in beside)
    found = read(text)
    assert (found.logits, found.labels, found.targets) == (table, labels, None)


# ------------------------------------------------------------------ nonsense

PIECES = st.sampled_from(
    [*"[](){},;:=|&\t\n \"'.0123456789-−+eE∞½％１_#/<>", "...", "tensor(", "inf", "nan", "y",
     "loss", "z_0", "logits", "\u202f", "\ufeff", "np.array(", "dtype=", "1,234", "cat",
     "-100", "1 0 0"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("head", "piece", "tail"),
    [
        *(
            ("", piece, "")
            for piece in ["|", "1,", "[", "f(", "1 2\n", "x=[1,2]\n", "{a:", "'", "½"]
        ),
        *[("", "1'", ""), ("", "1", "x"), ("<tf.", "a", ""), ("", "-", "x"), ("[", "list(", "1")],
        *[("y,", "1", "x,z\n0,1,2\n1,2,3"), ("[[1,2]] ", "a=", "[1]")],
    ],
)
def test_the_work_grows_with_a_text_and_not_with_its_square(
    head: str, piece: str, tail: str
) -> None:
    def seconds(size: int) -> float:
        before = time.process_time()
        with suppress(InputError):
            read(head + piece * (size // len(piece)) + tail)
        return time.process_time() - before

    assert seconds(40_000) < 8 * seconds(10_000) + 1.0  # 16 times as long, and seconds, were it so


@given(st.text() | st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(InputError):
        read(text)
