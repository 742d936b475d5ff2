"""The parts "Runs" and "Compare" of the lab, with workers that do what the test says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from runs_fakes import Crew, evaluation
from streamlit.testing.v1 import AppTest
from visits import follow, new_visit

from playground.runs import Run, RunManager
from playground.runs.listing import Notes, OwnedRun, owned_runs, read_notes
from playground.training import TrainConfig
from playground.ui.pages.train import compare, controls, run_list
from playground.ui.pages.train.comparison_table import (
    as_csv,
    comparison_table,
    curve_of,
    seed_groups,
    winners,
)
from playground.ui.pages.train.controls import Steering

OWNER = "correct horse battery staple, again"
CONFIG = TrainConfig(train_size=640)
OTHER = TrainConfig(train_size=640, optimizer="adamw", lr=1e-3)


def page(part: str, **query: str) -> AppTest:
    return follow(new_visit("train", alone=True, _visitor=OWNER, lab=part), **query)


def finished(manager: RunManager, crew: Crew, config: TrainConfig = CONFIG) -> Run:
    run = manager.start(config, OWNER)
    crew.last.begin(90)
    crew.last.take(10)
    crew.last.tell(evaluation(1 if config is CONFIG else 9))
    crew.last.end()
    return run


def said(app: AppTest) -> str:
    shown = (*app.markdown, *app.caption, *app.warning, *app.error, *app.get("html"))
    return "\n".join(getattr(each, "value", "") or each.proto.body for each in shown)


def click(app: AppTest, key: str) -> AppTest:
    app.button(key).click().run()
    assert not app.exception
    return app


def test_a_comparison_is_taken_home_as_it_is_after_another_page_went_on_with_a_run(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin(90)
    crew.last.take(10)
    crew.last.end("stopped")
    files: dict[str, Any] = {}
    monkeypatch.setattr(
        compare, "download", lambda label, make, *_, **__: files.update({label: make})
    )
    page("Compare")
    assert "State,stopped" in files["As CSV"]()
    manager.continue_run(run.id, OWNER)
    crew.last.begin(90)
    crew.last.take(25)
    assert "Steps,25" in files["As CSV"]()
    assert b"Steps" in files["As picture"]()
    crew.last.end()
    manager.delete(run.id, OWNER)
    assert "Steps,10" in files["As CSV"]()  # what the page still shows


# A training process that does not answer ---------------------------------------------------


def test_a_training_process_that_says_nothing_is_told_of(manager: RunManager, crew: Crew) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin(90)
    crew.last.take(10)
    run._heard += 3600  # however slow the page is, it has just spoken
    app = page("Runs", run=run.id)
    assert "No word" not in app.get("progress")[0].proto.text
    click(app, "pause")
    assert "has not answered yet" in app.info[0].value
    run._heard -= 3700
    app.run()
    assert not [each for each in app.info if "has not answered" in each.value]  # said once
    said = app.get("progress")[0].proto.text
    assert re.match(
        r"No word from the training process for \d+ min \d\d s · epoch 1, step 10", said
    )
    crew.last.obey()
    app.run()
    assert app.get("progress")[0].proto.text.startswith("Paused")


def test_who_presses_what_another_tab_has_done_already_hears_no_complaint(
    manager: RunManager, crew: Crew
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin(90)
    app = page("Runs", run=run.id)
    for key, command, state in [
        ("pause", manager.pause, "paused"),
        ("resume", manager.resume, "running"),
    ]:
        assert app.button(key)
        command(run.id, OWNER)
        crew.last.obey()
        sent = len(crew.last.heard)
        click(app, key)
        assert run.status.state == state
        assert not app.error
        assert len(crew.last.heard) == sent


@pytest.mark.parametrize("reason", ["finished", "failed"])
def test_a_run_that_ends_before_all_batches_asked_for_has_answered(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin(12)
    crew.last.take(10)
    manager.pause(run.id, OWNER)
    crew.last.obey()
    now = Steering()
    monkeypatch.setattr(controls, "manager", lambda: manager)
    monkeypatch.setattr(controls, "visitor", lambda: OWNER)
    monkeypatch.setattr(controls, "steering", lambda: now)
    monkeypatch.setattr(controls, "attempt", lambda action: action())  # a problem is an error here

    def wait(is_done: Callable[[], bool], patience: float) -> bool:
        assert not is_done()
        crew.last.take(2 if reason == "finished" else 1)
        crew.last.end(reason)
        return is_done()

    monkeypatch.setattr(manager, "wait_until", wait)
    controls._take_steps(run.id, 10)
    assert (run.status.state, now.pending) == (reason, "")


def test_a_momentum_is_offered_to_no_run_that_has_none(manager: RunManager, crew: Crew) -> None:
    run = manager.start(OTHER, OWNER)
    crew.last.begin(90)
    app = page("Runs", run=run.id, optimizer="sgd", lr="0.5")
    app.number_input("momentum").set_value(0.25).run()
    offered = [button.label for button in app.button if "Go on" in button.label]
    assert offered == ["Go on with learning rate 0.5"]
    assert "Optimizer adamw → sgd, Momentum " in app.info[1].value.replace("\\", "")
    assert not app.error


@pytest.mark.usefixtures("manager")
def test_looking_into_a_run_that_has_been_deleted_elsewhere_says_so() -> None:
    def script() -> None:
        from playground.ui.pages.train.time_machine import _part

        _part("a-run-that-is-gone", active=True)

    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    assert "This run has been deleted" in app.info[0].value


def test_what_a_new_run_from_a_moment_takes_is_said_beside_its_button(
    manager: RunManager, crew: Crew
) -> None:
    def script(run_id: str) -> None:
        from playground.ui.pages.train.controls import continue_button
        from playground.ui.server.session import manager

        continue_button(manager().get(run_id), 10)

    run = finished(manager, crew, TrainConfig(model="linear", lr=0.1))
    app = AppTest.from_function(script, default_timeout=60, kwargs={"run_id": run.id}).run()
    app.session_state["model"] = "linear"
    app.run()
    assert not app.button[0].disabled
    words = "It takes the settings above; this run had others"
    assert said(app) == f"{words}: Learning rate 0\\.1 → 0\\.01."
    app.session_state["epochs"] = 0
    click(app.run(), "start_from")
    assert "Epochs is 0, allowed" in app.error[0].value
    app.session_state["epochs"] = 9
    app.session_state["model"] = "mlp"
    app.run()
    assert app.button[0].disabled
    assert "It needs the network of this run" in said(app)
    assert "Network Linear\\: 784\\-10, one layer → Notebook A" in said(app)
    click(app, "as_in_run")
    assert (app.session_state["model"], app.session_state["lr"]) == ("linear", 0.1)
    assert not app.button[0].disabled
    assert said(app) == ""


# Runs ------------------------------------------------------------------------------------


def test_without_runs_the_list_says_what_to_do(manager: RunManager) -> None:
    assert "Start a run" in said(page("Runs"))


def test_each_run_is_a_card_the_newest_first(manager: RunManager, crew: Crew) -> None:
    finished(manager, crew)
    manager.start(CONFIG, OWNER)
    manager.start(OTHER, OWNER)
    manager.start(OTHER, "somebody else")
    text = said(page("Runs"))
    titles = [line for line in text.splitlines() if line.startswith("**Notebook A")]
    assert titles == [
        "**Notebook A · AdamW 0\\.001** · waiting, number 1 in the queue",
        "**Notebook A · SGD 0\\.01 \\(2\\)** · starting",
        "**Notebook A · SGD 0\\.01** · finished",
    ]
    assert "Best test accuracy 50.00%" in text
    assert "batches of 64" in text
    assert text.count(" · one thread · ") == 1  # of the others nobody knows yet


def test_the_runs_are_read_once_to_draw_their_list(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(manager, crew)
    read: list[str] = []

    def read_by(owner: str) -> list[OwnedRun]:
        read.append(owner)
        return owned_runs(owner)

    monkeypatch.setattr(run_list, "owned_runs", read_by)
    app = page("Runs")
    assert len(read) == 1
    app.run()
    assert len(read) == 2


def test_a_run_is_named_and_the_name_is_no_markup(manager: RunManager, crew: Crew) -> None:
    run = finished(manager, crew)
    app = click(page("Runs"), f"edit_{run.id}")
    app.text_input(f"name_{run.id}").set_value("**bold** <b>[x](y)</b>")
    app.text_area(f"note_{run.id}").set_value(note := "first\n\n    x_1 = $2$")
    next(b for b in app.button if b.label == "Save").click().run()
    assert not app.exception
    assert read_notes(run.store.folder) == Notes("**bold** <b>[x](y)</b>", note)
    text = said(app)
    assert r"\*\*bold\*\* \<b\>\[x\]\(y\)\</b\>" in text
    assert [each.value for each in app.text] == [note]  # Markdown would make code of its last line
    assert not [b for b in app.button if b.label == "Save"]


def test_a_name_that_is_too_long_is_told_and_stays_in_its_field(
    manager: RunManager, crew: Crew
) -> None:
    run = finished(manager, crew)
    app = click(page("Runs"), f"edit_{run.id}")
    fields = app.text_input(f"name_{run.id}"), app.text_area(f"note_{run.id}")
    assert not any(field.proto.max_chars for field in fields)  # or a paste would be dropped
    fields[0].set_value("x" * 61)
    next(b for b in app.button if b.label == "Save").click().run()
    assert "The name has 61 characters" in "".join(each.value for each in app.error)
    assert app.text_input(f"name_{run.id}").value == "x" * 61
    assert read_notes(run.store.folder) == Notes()


def test_a_run_is_hidden_and_shown_again(manager: RunManager, crew: Crew) -> None:
    one, other = finished(manager, crew), finished(manager, crew, OTHER)
    app = click(page("Runs"), f"visibility_off_{one.id}")
    assert [b.key for b in app.button if b.label == "Open"] == [f"open_{other.id}"]
    assert len(page("Compare").multiselect("compared").options) == 1
    app.toggle("runs_hidden").set_value(True).run()
    click(app, f"visibility_{one.id}")
    assert len(page("Compare").multiselect("compared").options) == 2
    assert "runs_hidden" not in [toggle.key for toggle in app.toggle]
    assert {f"open_{one.id}", f"open_{other.id}"} <= {b.key for b in app.button}


def test_deleting_asks_first_and_forgets_the_link(manager: RunManager, crew: Crew) -> None:
    run = finished(manager, crew)
    app = page("Runs", run=run.id)
    click(app, f"delete_{run.id}")
    assert "There is no way back" in said(app)
    click(app, f"keep_{run.id}")
    assert run.store.exists()
    click(app, f"delete_{run.id}")
    of_another_tab = click(page("Runs", run=run.id), f"delete_{run.id}")
    for each in (app, of_another_tab):
        click(each, f"doom_{run.id}")
        assert not run.store.exists()
        assert "run" not in each.query_params
        assert "Start a run" in said(each)
        assert not each.error


def test_opening_a_run_changes_the_link(manager: RunManager, crew: Crew) -> None:
    one, other = finished(manager, crew), finished(manager, crew, OTHER)
    app = page("Runs", run=other.id, moment="64")
    assert app.button(f"open_{other.id}").disabled
    assert "moment" in app.query_params
    click(app, f"open_{one.id}")
    assert "moment" not in app.query_params  # of the other
    assert app.number_input("lr").value == one.config.lr
    assert app.query_params["run"] in (one.id, [one.id])
    assert app.button(f"open_{one.id}").disabled


def test_many_runs_are_shown_page_by_page(manager: RunManager, crew: Crew) -> None:
    for _ in range(12):
        finished(manager, crew)
    app = page("Runs")
    assert len([b for b in app.button if b.label == "Open"]) == 10
    next(b for b in app.button if b.label == "Show more").click().run()
    assert len([b for b in app.button if b.label == "Open"]) == 12


# Compare and race ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pause", "words"), [(1800.0, "30 minutes"), (60.0, "1 minute"), (100.0, "100 seconds")]
)
def test_a_run_that_waits_says_for_what(
    manager: RunManager, crew: Crew, pause: float, words: str
) -> None:
    manager.limits = replace(manager.limits, pause=pause)
    manager.start(CONFIG, OWNER)
    waiting = manager.start(OTHER, OWNER)
    text = said(page("Runs", run=waiting.id))
    assert "One run trains at a time here" in text
    assert f"A paused run keeps its place for {words} at most" in text


def test_a_number_that_is_not_allowed_says_that_the_run_goes_on_without(
    manager: RunManager, crew: Crew
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin(90)
    app = page("Runs", run=run.id)
    app.number_input("lr").set_value(-1.0).run()
    assert "Nothing of it reaches the run: Learning rate is" in said(app)


def test_a_started_run_is_drawn_once_and_with_its_first_steps(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_steps(is_done: Callable[[], bool], timeout: float) -> bool:
        crew.last.begin(90)
        crew.last.take(10)
        return is_done()

    with monkeypatch.context() as patched:
        patched.setattr(manager, "wait_until", first_steps)
        app = click(page("Runs"), "start")
    assert app.get("progress")[0].proto.text.startswith("Running · epoch 1, step 10")
    assert not app.button("pause").disabled


def test_a_run_that_is_queued_is_not_waited_for(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.start(CONFIG, "others")
    with monkeypatch.context() as patched:
        patched.setattr(
            manager, "wait_until", lambda *_: pytest.fail("there is nothing to wait for")
        )
        app = click(page("Runs"), "start")
    assert app.get("progress")[0].proto.text.startswith("Waiting: number 1")


def test_a_race_starts_all_and_shows_the_queue(manager: RunManager, crew: Crew) -> None:
    app = page("Compare")
    assert "one after the other" in said(app)
    entries = app.multiselect("race_entries")
    entries.set_value([*entries.options[:2], "These with the CNN"]).run()
    click(app, "start_race")
    assert len(app.session_state["compared"]) == 3
    runs = [manager.get(run_id) for run_id in app.session_state["compared"]]
    assert [run.status.state for run in runs] == ["starting", "queued", "queued"]
    assert [run.config.optimizer for run in runs] == ["sgd", "adamw", "sgd"]
    assert {(run.config.seed, run.config.train_size) for run in runs} == {(0, None)}
    text = said(app)
    assert "very same batches in the same order" in text
    assert "trains one run at a time; 2 of these wait" in text
    assert "waiting, number 2 in the queue" in text
    assert app.query_params["run"] in (runs[0].id, [runs[0].id])
    app.multiselect("compared").set_value([run.id for run in runs[:2]]).run()
    assert "1 of these waits for its turn" in said(app)


def test_a_race_that_finds_no_room_says_so(manager: RunManager, crew: Crew) -> None:
    for _ in range(9):
        manager.start(CONFIG, "others")
    app = click(page("Compare"), "start_race")
    assert "already wait" in app.error[0].value


def test_watching_a_race_keeps_all_its_runs(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [manager.start(CONFIG, OWNER) for _ in range(3)]
    renewed: list[str] = []
    monkeypatch.setattr(manager, "renew", renewed.append)
    page("Compare")
    assert set(renewed) >= {run.id for run in runs}


def test_the_winner_is_shown_after_the_guess(manager: RunManager, crew: Crew) -> None:
    runs = [finished(manager, crew), finished(manager, crew, OTHER)]
    app = page("Compare")
    assert "Best test accuracy" not in said(app)
    assert "Optimizer" in said(app)
    pills = next(each for each in app.button_group if str(each.key).startswith("picked"))
    pills.set_value(runs[0].id).run()
    assert not app.exception
    text = said(app)
    assert "Run (you picked Notebook A · SGD 0.01)" in text
    assert "Best test accuracy" in text
    for part in ("Runs", "Compare"):
        app.segmented_control("lab").set_value(part).run()
    assert "Run (you picked Notebook A · SGD 0.01)" in said(app)


def test_how_runs_are_compared_is_kept_while_another_part_is_open(
    manager: RunManager, crew: Crew
) -> None:
    for seed in (0, 1):
        finished(manager, crew, replace(CONFIG, seed=seed))
    app = page("Compare")
    chosen = app.multiselect("race_entries").options[1:4]
    app.multiselect("race_entries").set_value(chosen)
    app.segmented_control("compared_by").set_value("seconds")
    app.toggle("compared_log").set_value(True)
    app.toggle("compared_spikes").set_value(True)
    app.toggle("compared_seeds").set_value(False).run()
    for part in ("Runs", "Compare"):
        app.segmented_control("lab").set_value(part).run()
        assert not app.exception
    assert app.segmented_control("compared_by").value == "seconds"
    shown = {key: app.toggle(f"compared_{key}").value for key in ("log", "spikes", "seeds")}
    assert shown == {"log": True, "spikes": True, "seeds": False}
    assert app.multiselect("race_entries").value == chosen


def test_a_deleted_run_leaves_the_comparison(manager: RunManager, crew: Crew) -> None:
    runs = [finished(manager, crew), finished(manager, crew, OTHER)]
    app = page("Compare")
    manager.delete(runs[0].id, OWNER)
    app.run()
    assert not app.exception
    assert app.session_state["compared"] == [runs[1].id]


def test_a_comparison_follows_a_run_that_another_page_goes_on_with(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, other = (manager.start(CONFIG, OWNER) for _ in range(2))
    for _ in range(2):
        crew.last.begin(90)
        crew.last.take(10)
        crew.last.end("stopped")
    looks: list[Callable[[], bool]] = []
    monkeypatch.setattr(compare, "watch", looks.append)
    page("Compare", run=shown.id)
    [has_changed] = looks
    assert not has_changed()
    manager.continue_run(other.id, OWNER)
    assert has_changed()
    page("Compare", run=shown.id)
    assert looks == [has_changed]  # a comparison that goes on is drawn again anyway


def test_the_table_and_who_is_first(manager: RunManager, crew: Crew) -> None:
    runs = [finished(manager, crew), finished(manager, crew, OTHER)]
    heads, rows = comparison_table(runs, ["one", "two"])
    found = {first: rest for first, *rest in rows}
    assert heads == ["", "one", "two"]
    assert found["Optimizer"] == ["sgd", "adamw"]
    assert found["Parameters"] == ["7,850", "7,850"]
    assert found["Best test accuracy"] == ["50.00%", "99.80%"]
    assert found["Seconds to 97%"] == ["–", "1.8"]
    assert winners(runs, ["one", "two"]) == [
        ["Best test accuracy", "two", "99.80%"],
        ["Fastest to 97%", "two", "1.8 s"],
        ["Fewest parameters", "all the same", "7,850"],
    ]
    guess = {first for first, *_ in comparison_table(runs, ["one", "two"], with_results=False)[1]}
    assert not guess & {"Best test accuracy", "Seconds to 97%", "Parameters", "Training loss"}


@pytest.mark.parametrize(
    ("by", "x", "test_x"),
    [
        ("steps", [9, 10], [10]),
        ("seconds", [0.09, 0.1], [0.2]),
        ("examples", [576, 640], [640]),
    ],
)
def test_the_same_numbers_by_steps_seconds_and_examples(
    manager: RunManager, crew: Crew, by: str, x: list[float], test_x: list[float]
) -> None:
    curve = curve_of(finished(manager, crew), "one", by)
    assert curve.x[-2:].tolist() == pytest.approx(x)
    assert curve.test_x.tolist() == pytest.approx(test_x)


def test_a_run_that_began_later_can_be_aligned(manager: RunManager, crew: Crew) -> None:
    run = finished(manager, crew)
    run.set(first_step=4)
    assert curve_of(run, "", "steps", aligned=True).x[-2:].tolist() == [5, 6]
    assert curve_of(run, "", "examples", aligned=True).test_x.tolist() == [640 - 256]
    assert curve_of(run, "", "seconds", aligned=True).x[-1] == pytest.approx(0.1)


def test_runs_that_differ_in_their_seeds_alone_are_one_line(
    manager: RunManager, crew: Crew
) -> None:
    configs = [CONFIG, OTHER, *(replace(CONFIG, seed=seed) for seed in (3, 7))]
    runs = [finished(manager, crew, config) for config in configs]
    assert seed_groups(runs) == [[0, 2, 3], [1]]
    assert seed_groups([*runs[:3], runs[0]]) == [[0, 2], [1], [3]]  # a seed again is no other
    runs[3].change(5, "lr", 0.5)
    assert seed_groups(runs) == [[0, 2], [1], [3]]
    app = page("Compare")
    assert {"compared_seeds", "compared_spikes"} <= {each.key for each in app.toggle}
    assert "compared_aligned" not in {each.key for each in app.toggle}
    look = compare._Look("steps", log=False, spikes=False, seeds=True, aligned=False)
    mean, other, alone = compare._curves(runs, ["a", "b", "c", "d"], look)
    assert [mean.name, other.name, alone.name] == ["a · 2 seeds", "b", "d"]
    assert mean.spread is not None
    assert other.spread is None
    assert len(compare._curves(runs, ["a", "b", "c", "d"], replace(look, seeds=False))) == 4
    for names, called in (
        (["a (3)", "b", "a (2)", "c"], "a · 2 seeds"),
        (["a (2)", "b", "a (3)", "a"], "a (2) · 2 seeds"),
    ):
        assert compare._curves(runs, names, look)[0].name == called


def test_more_lines_than_the_chart_has_room_for_are_said(manager: RunManager, crew: Crew) -> None:
    rates = (0.1, 0.2, 0.3, 0.4, 0.5)
    ids = [finished(manager, crew, replace(CONFIG, lr=rate)).id for rate in rates]
    app = page("Compare")
    compared = app.multiselect("compared")
    assert len(compared.value) == 4
    compared.set_value(ids).run()
    assert not app.exception
    assert "room for 4 lines" in said(app)


@pytest.mark.parametrize("name", ["=1+1", "@x", "+x", "-x"])
def test_a_spreadsheet_finds_no_formula(name: str) -> None:
    assert as_csv(["", name], [["Steps", "3,000"]]) == f',\'{name}\nSteps,"3,000"\n'


@pytest.mark.parametrize("given", [["x" * 16], [], ["../x"]])
def test_what_is_compared_may_be_nonsense(
    manager: RunManager, crew: Crew, given: list[Any]
) -> None:
    finished(manager, crew)
    session = {"_visitor": OWNER, "lab": "Compare", "compared": given}
    app = follow(new_visit("train", alone=True, **session))
    assert app.session_state["compared"] == []
