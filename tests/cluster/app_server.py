"""What a server of the app has of a cluster, in a process of its own: a mirror that does what it is
told on stdin, one JSON object a line, and answers on stdout.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from typing import Any

from playground import settings
from playground.cluster.engine import connect
from playground.cluster.mirror import HubAwayError, Mirror
from playground.errors import PlaygroundError
from playground.runs import ENDED, Limits
from playground.training import TrainConfig
from playground.training.sweep import Sweep

LONG = 100.0  # seconds; a bound that no passing test comes near


def describe(mirror: Mirror, run_id: str) -> dict[str, Any]:
    """All of a run that tests ask for."""
    run = mirror.get(run_id)
    return {
        "id": run.id,
        "state": run.status.state,
        "message": run.status.message,
        "step": run.status.step,
        "losses": run.history.losses().tolist(),
        "tests": [(one.step, one.loss) for one in run.history.evaluations],
        "marks": [(mark.step, mark.text) for mark in run.history.marks],
        "snapshots": [one.step for one in run.snapshots],
    }


def answer(mirror: Mirror, do: str, *given: Any, **named: Any) -> Any:
    """Do one thing; times are of this process's `time.monotonic`."""
    match do:
        case "start":
            return mirror.start(TrainConfig.from_dict(named), *given).id
        case "sweep":  # one run with each of so many seeds
            owner, seeds = given
            definition = Sweep(TrainConfig.from_dict(named), seeds=tuple(range(seeds)))
            return mirror.sweeps.start(definition, owner).id
        case "until swept":  # so many of its runs have ended
            sweep_id, count = given
            while True:
                sweep = mirror.sweeps.get(sweep_id)
                looks = [dataclasses.asdict(one) for one in mirror.sweeps.look(sweep)]
                if sum(one["state"] in ENDED for one in looks) >= count:
                    return {"state": sweep.state, "runs": sweep.runs, "results": looks}
                time.sleep(0.05)
        case "see":
            return describe(mirror, *given)
        case "load":
            return dataclasses.asdict(mirror.load())
        case "until":  # a run is in a state, beyond a step, with so many marks
            run_id, state, step, marks = given

            def is_so() -> bool:
                run = mirror._runs.peek(run_id) or mirror.get(run_id)
                is_there = run.status.state == state or not state
                return is_there and run.history.steps >= step and len(run.history.marks) >= marks

            if not mirror.wait_until(is_so, LONG):
                raise TimeoutError(describe(mirror, run_id))
            return {**describe(mirror, run_id), "at": time.monotonic()}
        case _:
            while True:
                try:
                    return getattr(mirror, do)(*given, **named)
                except HubAwayError:  # "try again in a moment", says the page
                    time.sleep(0.2)


STDOUT, sys.stdout = sys.stdout, sys.stderr  # Ray prints now and then


def say(what: dict[str, Any]) -> None:
    STDOUT.write(json.dumps(what, default=str) + "\n")
    STDOUT.flush()


def main() -> None:
    """Join, say so, and serve until stdin ends."""
    try:
        mirror = connect(settings.current().cluster, Limits.of(settings.current()))
    except PlaygroundError as error:
        say({"refused": str(error)})
        return
    say({"answer": "joined"})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            made = answer(mirror, order["do"], *order["given"], **order["named"])
            say({"answer": made})
        except (PlaygroundError, TimeoutError) as error:
            say({"refused": f"{type(error).__name__}: {error}"})
    mirror.close()


if __name__ == "__main__":
    main()
