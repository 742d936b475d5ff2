"""The two source notebooks, cell by cell, beside what the same comes to here."""

import streamlit as st

from playground.lessons.address import write_number
from playground.lessons.notebooks import (
    FURTHER_READING,
    NOTEBOOKS,
    Cell,
    Comparison,
    Numbers,
    cells,
    overflow,
)
from playground.ui.kit.link_warnings import check_address, read_link, refusals
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown

_HEADS = ("Input", "It printed", "Here", "")


def numbers(values: Numbers) -> str:
    return ", ".join(write_number(round(value, 12)) for value in values)


def table_row(one: Comparison) -> list[str]:
    printed = ", ".join(map(write_number, one.printed))
    return [one.inputs, printed, numbers(one.here), "✓" if one.agrees else "**✗**"]


def show_cell(cell: Cell) -> None:
    name = cell.row.id
    st.markdown(f"**{name}** · {escape_markdown(cell.row.idea)}")
    if cell.comparisons:
        rows = [table_row(each) for each in cell.comparisons]
        number_table(_HEADS, rows, label=f"Cell {name}: what it printed, and the same here")
    if cell.facts:
        st.markdown(f":material/calculate: {escape_markdown(cell.facts)}")
    for trap in cell.traps:
        text = " ".join(filter(None, (trap.mistake, trap.consequence, trap.remedy, overflow(trap))))
        st.markdown(f":material/bug_report: **Trap:** {escape_markdown(text)}")
    st.page_link(
        f"pages/{cell.link.page}.py",
        label=f"Try {name}: {cell.link.label}",
        icon=":material/arrow_forward:",
        query_params=cell.link.query,
    )


st.title("The notebooks, live")
st.markdown(
    "The lessons come from two notebooks. Each cell is here: its idea, what it was given, **what "
    "it printed**, and what the same comes to **here and now**. ✓ says that both are equal in all "
    "digits that can be compared: PyTorch counts in float32, and some cells print four digits."
)
read_link()
check_address(())
refusals()
for notebook, about in NOTEBOOKS.items():
    st.header(f"Notebook {notebook}: {about}", anchor=False)
    found = cells(notebook)
    for start in range(0, len(found), 2):
        for place, cell in zip(st.columns(2, gap="small"), found[start : start + 2], strict=False):
            with place.container(border=True, gap="xsmall", height="stretch"):
                show_cell(cell)
st.header("Further reading", anchor=False)
st.markdown("\n".join(f"- [{title}]({address})" for title, address in FURTHER_READING))
