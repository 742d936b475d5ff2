"""The part "Sweep" of the lab, with workers that do what the test says."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from own_files import saved_shapes
from runs_fakes import STEPS_PER_EPOCH, Crew, evaluation
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block
from visits import follow, new_visit

from playground.runs import RunManager
from playground.runs.trials import KeptSweep
from playground.training import TrainConfig
from playground.training.sweep import Axis, Sweep
from playground.ui.kit.projecting import Projection
from playground.ui.kit.session_object import key_of
from playground.ui.pages.train.sweep import _Pictures
from playground.ui.pages.train.sweep_words import epochs_csv, runs_csv

OWNER, OTHER = "correct horse battery staple, again", "somebody else, who only watches this"
LONG = 150.0  # seconds; a bound that no passing test comes near
BASE = TrainConfig(train_size=640, epochs=2)
RATES = Axis("lr", (0.1, 0.3), log=True)


def page(owner: str = OWNER, part: str = "Sweep", **query: str) -> AppTest:
    return follow(new_visit("train", alone=True, _visitor=owner, lab=part or None), **query)


def shown(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    parts = (*app.markdown, *app.caption, *app.warning, *app.error, *app.info, *app.get("html"))
    return "\n".join(getattr(each, "value", "") or each.proto.body for each in parts).replace(
        "\\", ""
    )


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def train(manager: RunManager, crew: Crew, sweep: KeptSweep, place: int, loss: float) -> None:
    """One of its runs, from its start to its end."""
    assert manager.wait_until(lambda: place in sweep.active, LONG)
    worker = crew.last
    worker.begin(2 * STEPS_PER_EPOCH)
    worker.take(STEPS_PER_EPOCH)
    worker.tell(replace(evaluation(1), loss=loss))
    worker.end()


def finished(manager: RunManager, crew: Crew, sweep: Sweep, *losses: float) -> KeptSweep:
    kept = manager.sweeps.start(sweep, OWNER)
    for place, loss in enumerate(losses):
        train(manager, crew, kept, place, loss)
    assert manager.wait_until(lambda: kept.state == "finished", LONG)
    return kept


# Starting --------------------------------------------------------------------------------


def test_what_the_controls_show_is_what_is_started(manager: RunManager) -> None:
    app = page(epochs="4", examples="640")
    assert "7 runs, 1 at a time" in said(app)
    app.text_input("sweep_1_lr_list").set_value("1; 0,1").run()
    assert "Learning rate: 0.1, 1." in said(app)
    app.selectbox("sweep_setting_2").set_value("width").run()
    app.number_input("sweep_2_width_count").set_value(2).run()
    app.number_input("sweep_seeds").set_value(3).run()
    shown(app.selectbox("sweep_eta").set_value(2).run())
    assert "12 runs" in said(app)
    assert "compared after epochs 1 and 2." in said(app)
    shown(app.button("start_sweep").click().run())
    (sweep,) = manager.sweeps.owned(OWNER)
    base = TrainConfig(epochs=4, train_size=640)
    axes = (Axis("lr", (0.1, 1.0), log=True), Axis("width", (8, 512), log=True))
    assert sweep.definition == Sweep(base, axes, (0, 1, 2), 2)
    assert app.query_params["sweep"] == sweep.id
    assert "Sweep: Learning rate × Width of the hidden layers × 3 seeds" in said(app)
    manager.sweeps.stop(sweep.id, OWNER)


def test_what_cannot_be_is_said_and_not_started(manager: RunManager) -> None:
    app = page(momentum="0.9", nesterov="true")
    shown(app.selectbox("sweep_setting_1").set_value("optimizer").run())
    assert "1 run, 1 at a time" in said(app)
    assert "Left out, Optimizer AdamW: " in said(app)
    assert "nesterov needs the optimizer 'sgd'" in said(app)
    shown(app.selectbox("sweep_setting_1").set_value("lr").run())
    shown(app.text_input("sweep_1_lr_list").set_value("0.1 fast").run())
    assert "Learning rate, in the list: It holds 'fast'." in said(app)
    assert app.button("start_sweep").disabled
    app.text_input("sweep_1_lr_list").set_value("")
    shown(app.number_input("sweep_seeds").set_value(10).run())
    assert "7 × 10 are 70 runs. Allowed: up to 64." in said(app)


def test_of_what_cannot_be_trained_the_first_are_named_and_the_rest_counted(
    manager: RunManager,
) -> None:
    app = page()
    shown(app.selectbox("sweep_setting_1").set_value("momentum").run())
    for count in (5, 6):
        values = " ".join(map(str, range(count + 1)))
        shown(app.text_input("sweep_1_momentum_list").set_value(values).run())
        assert said(app).count("Left out, Momentum") == 4
        assert f" And {count - 4} more." in said(app)


@pytest.mark.parametrize("values", [None, "0.1"])
def test_one_setting_alone_is_compared_with_nothing(
    manager: RunManager, values: str | None
) -> None:
    app = page(epochs="4")
    if values is None:
        app.selectbox("sweep_setting_1").set_value("none")
    else:
        app.text_input("sweep_1_lr_list").set_value(values)
    app.number_input("sweep_seeds").set_value(2)
    shown(app.selectbox("sweep_eta").set_value(2).run())
    assert "There is nothing to compare before the end: nobody is left out." in said(app)
    shown(app.button("start_sweep").click().run())
    (sweep,) = manager.sweeps.owned(OWNER)
    assert "Successive halving" not in said(app)
    manager.sweeps.stop(sweep.id, OWNER)


@pytest.mark.usefixtures("manager")
def test_a_number_that_cannot_be_is_not_kept_from_the_sweep() -> None:
    app = page()
    for field, what in (("sweep_seeds", "seeds"), ("sweep_1_lr_count", "values")):
        # A field with bounds would show it, red, and start the sweep with the number before.
        control = app.number_input(field)
        assert not control.proto.has_min | control.proto.has_max, field
        for number in (-1, 0, 65, 10**9):
            shown(app.number_input(field).set_value(number).run())
            assert f"{number} {what} were asked for" in said(app)
            assert app.button("start_sweep").disabled, (field, number)
        app.number_input(field).set_value(1)


def test_a_linear_network_has_no_width_to_sweep(manager: RunManager) -> None:
    app = page()
    assert "width" in app.selectbox("sweep_setting_1").options or any(
        "Width" in option for option in app.selectbox("sweep_setting_1").options
    )
    shown(app.selectbox("sweep_setting_1").set_value("width").run())
    shown(app.selectbox("model").set_value("linear").run())
    assert app.selectbox("sweep_setting_1").value == "lr"


# Seeing ----------------------------------------------------------------------------------


def test_the_best_is_said_and_opened_by_one_press(manager: RunManager, crew: Crew) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,), seeds=(0, 1)), 0.5, 0.3, 0.7, 0.2)
    app = page(sweep=sweep.id)
    assert (
        "The best: Learning rate 0.3: test loss 0.25, test error 50.00% (mean of 2 seeds)."
        in said(app)
    )
    shown(app.button("open_best").click().run())
    assert app.query_params["run"] == sweep.entries[3].run
    assert app.query_params["sweep"] == sweep.id
    assert app.number_input("lr").value == 0.3  # the settings are the run's


def test_whoever_has_the_link_watches_and_does_not_steer(manager: RunManager, crew: Crew) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    train(manager, crew, sweep, 0, 0.5)
    assert "Stop all" in labels(page(sweep=sweep.id))
    app = page(OTHER, sweep=sweep.id)
    assert "You are watching. Only the browser that started this sweep can stop it." in said(app)
    assert "Best so far: Learning rate 0.1: test loss 0.5" in said(app)
    assert not {"Stop all", "Go on"} & set(labels(app))
    mine = page(sweep=sweep.id)
    shown(mine.button("stop_sweep").click().run())
    assert sweep.state == "stopped"
    assert "Go on" in labels(mine)


def test_it_is_projected_alone_until_a_link_leads_to_a_training(
    manager: RunManager, crew: Crew
) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.5, 0.3)
    app = new_visit("train", _visitor=OWNER, **{key_of(Projection): Projection(on=True)})
    follow(app, run=sweep.entries[0].run, lab="sweep", sweep=sweep.id)
    assert "The best: Learning rate 0.3: test loss 0.3" in said(app)
    assert not {"Open it", "Start the sweep", "As CSV"} & {*labels(app)}
    assert "Test accuracy" not in said(app)  # of the run, which is shown as well
    app.switch_page("pages/softmax.py").run()
    follow(app.switch_page("pages/train.py"), training="fast")
    assert "The best:" not in said(app)
    assert "Test accuracy" in said(app)
    assert "lab" not in app.query_params


def test_a_run_that_is_not_seen_beside_a_projected_sweep_is_no_abandoned_one(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.5, 0.3)
    run = manager.start(BASE, OWNER)
    renewed: list[str] = []
    monkeypatch.setattr(manager, "renew", renewed.append)
    app = new_visit("train", _visitor=OWNER, **{key_of(Projection): Projection(on=True)})
    follow(app, run=run.id, lab="sweep", sweep=sweep.id)
    assert "The best: Learning rate 0.3" in said(app)
    assert renewed == [run.id]


def test_one_that_was_interrupted_says_why_and_goes_on(manager: RunManager, crew: Crew) -> None:
    crew.refuses = True
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    assert manager.wait_until(lambda: sweep.state == "interrupted", LONG)
    crew.refuses = False
    app = page(sweep=sweep.id)
    assert "no memory" in said(app)
    of_another_tab = page(sweep=sweep.id)
    shown(app.button("resume_sweep").click().run())
    assert manager.wait_until(lambda: bool(sweep.active), LONG)
    assert not shown(of_another_tab.button("resume_sweep").click().run()).error
    manager.sweeps.stop(sweep.id, OWNER)


def test_what_was_stopped_with_its_sweep_is_not_done(manager: RunManager, crew: Crew) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    train(manager, crew, sweep, 0, 0.5)
    assert manager.wait_until(lambda: sweep.active == {1}, LONG)
    crew.last.begin(2 * STEPS_PER_EPOCH)
    crew.last.take(STEPS_PER_EPOCH)
    manager.sweeps.stop(sweep.id, OWNER)
    crew.last.end("stopped")
    app = page(sweep=sweep.id)
    (bar,) = app.get("progress")
    assert (bar.proto.text, bar.proto.value) == ("Stopped, 1 of 2 runs done", 75)
    assert "Best so far: Learning rate 0.1: test loss 0.5" in said(app)


@pytest.mark.parametrize("part", ["Sweep", "Runs", ""])
def test_a_link_to_no_sweep_says_so(part: str, manager: RunManager) -> None:
    app = page(part=part, sweep="no-such-sweep-at-all")
    assert "There is no sweep 'no-such-sweep-at-all' here" in said(app)
    # Among the notices: it would move the charts under the switch that is laid into them.
    blocks = (each for each in app.main if isinstance(each, Block) and each.proto)
    assert next(b for b in blocks if b.proto.id.endswith("sp_notices")).error
    assert "sweep" not in app.query_params


def test_one_that_is_deleted_while_somebody_looks_is_no_error(
    manager: RunManager, crew: Crew
) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.5, 0.3)
    app = page(OTHER, sweep=sweep.id)
    manager.sweeps.delete(sweep.id, OWNER)
    assert "There is no sweep" in said(shown(app.run()))


def test_what_is_said_is_of_the_picture_though_the_sweep_ends_meanwhile(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    train(manager, crew, sweep, 0, 0.5)
    assert manager.wait_until(lambda: sweep.active == {1}, LONG)

    def draw(*_: object, **__: object) -> None:
        if sweep.state == "running":
            train(manager, crew, sweep, 1, 0.3)
            assert manager.wait_until(lambda: sweep.state == "finished", LONG)

    monkeypatch.setattr("playground.ui.pages.train.sweep.figure", draw)
    app = page(sweep=sweep.id)
    assert "Best so far: Learning rate 0.1: test loss 0.5" in said(app)
    shown(app.run())
    assert "The best: Learning rate 0.3: test loss 0.3" in said(app)


def test_all_who_look_within_a_tick_are_shown_one_picture(manager: RunManager, crew: Crew) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    assert manager.wait_until(lambda: 0 in sweep.active, LONG)
    clock = [0.0]
    pictures = _Pictures(lambda: clock[0])
    first = pictures.newest(sweep)
    clock[0] = 0.8
    assert pictures.newest(sweep) is first
    clock[0] = 1.0
    assert pictures.newest(sweep) is not first
    manager.sweeps.stop(sweep.id, OWNER)
    crew.last.begin()
    crew.last.end("stopped")
    later = pictures.newest(sweep)
    assert [result.state for result in first.results] == ["starting", "waiting"]
    assert [result.state for result in later.results] == ["stopped", "waiting"]


def test_runs_on_the_disk_are_read_bit_by_bit_and_the_page_says_so(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.5, 0.3)
    sweep.results.clear()  # as after the server was started again
    monkeypatch.setattr("playground.ui.pages.train.sweep._READS", -1.0)
    app = page(sweep=sweep.id)
    assert "Finished, reading 2 runs …" in [each.proto.text for each in app.get("progress")]
    monkeypatch.setattr("playground.ui.pages.train.sweep._READS", 1e9)
    shown(app.run())
    assert "Finished, 2 of 2 runs done" in [each.proto.text for each in app.get("progress")]


# The list of runs ------------------------------------------------------------------------


def test_a_sweep_is_one_card_among_the_runs(manager: RunManager, crew: Crew) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.5, 0.3)
    single = manager.start(BASE, OWNER)
    app = page(part="Runs")
    assert "Sweep: Learning rate" in said(app)
    assert keys(app, "open_") == [f"open_{single.id}"]
    shown(app.button(f"sweep_{sweep.id}").click().run())
    assert app.query_params["sweep"] == sweep.id
    assert app.session_state["lab"] == "Sweep"


def test_a_sweep_is_deleted_after_a_question(manager: RunManager, crew: Crew) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.5, 0.3)
    app = page(part="Runs", sweep=sweep.id)
    shown(app.button(f"delete_{sweep.id}").click().run())
    assert "with its 2 runs" in said(app)
    of_another_tab = page(part="Runs", sweep=sweep.id)
    shown(of_another_tab.button(f"delete_{sweep.id}").click().run())
    for each in (app, of_another_tab):
        shown(each.button(f"doom_{sweep.id}").click().run())
        assert manager.sweeps.owned(OWNER) == []
        assert "sweep" not in each.query_params
        assert "You have no runs yet" in said(each)
        assert not each.error


def keys(app: AppTest, prefix: str) -> list[Any]:
    return [each.key for each in app.button if str(each.key).startswith(prefix)]


# Files -----------------------------------------------------------------------------------


def test_the_script_names_nobody_elses_images(manager: RunManager, crew: Crew) -> None:
    for dataset, offered in (("mnist", True), (saved_shapes(), False)):
        base = replace(BASE, dataset=dataset, train_size=None)
        sweep = finished(manager, crew, Sweep(base, (RATES,)), 0.5, 0.3)
        files = [
            {each.label for each in page(owner, sweep=sweep.id).download_button}
            for owner in (OWNER, OTHER)
        ]
        assert [("As script" in names) for names in files] == [True, offered]


def test_the_files_have_all_digits(manager: RunManager, crew: Crew) -> None:
    sweep = finished(manager, crew, Sweep(BASE, (RATES,)), 0.1 + 0.2, 0.5)
    results = manager.sweeps.look(sweep)
    head, first, second = csv.reader(io.StringIO(runs_csv(sweep, results)))
    row = dict(zip(head, first, strict=True))
    assert (row["lr"], row["seed"], row["run"]) == ("0.1", "0", sweep.entries[0].run)
    assert float(row["test_loss"]) == 0.1 + 0.2
    assert (row["state"], row["epochs"], row["left_out_after_epoch"]) == ("finished", "1", "")
    assert second[0] == "0.3"
    epochs = list(csv.DictReader(io.StringIO(epochs_csv(sweep, results))))
    assert [(each["lr"], each["epoch"], each["test_loss"]) for each in epochs] == [
        ("0.1", "1", repr(0.1 + 0.2)),
        ("0.3", "1", "0.5"),
    ]
