"""The plans of the lessons for a class: what is shown at which minute, and what is asked.

A plan is defined here alone. The clicker follows it (`?lesson=45`), the teacher's notes show it
(`&notes=1`), and `docs/teaching.md` has it as tables, which a test compares with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

LESSON, STEP, NOTES, PREDICT = "lesson", "step", "notes", "predict"
"""What the address has: which plan, which of its steps from 1 up, whether its notes are shown.

And whether the answer is covered that the page has to its own question.
"""


@dataclass(frozen=True)
class PlanStep:
    """One thing to show, and what to ask about it.

    Attributes:
        minute: of the lesson, at which it is planned.
        page: its place in the address, "" for the first page.
        query: what the page's link has; `predict` covers the answer.
        title: a few words for what is seen.
        question: what to ask the class, in plain text that fits on one line of the bar.
        watch: what to do, and what to watch for, in Markdown.
    """

    minute: int
    page: str
    query: Mapping[str, str]
    title: str
    question: str
    watch: str

    @property
    def is_covered(self) -> bool:
        """Whether it asks, in fewer words, what its page asks, whose answer is covered first."""
        return self.query.get(PREDICT) == "1"


@dataclass(frozen=True)
class Plan:
    """A lesson.

    Attributes:
        minutes: it takes.
        parts: its steps, by the name of the part.
    """

    minutes: int
    parts: Mapping[str, tuple[PlanStep, ...]]

    @cached_property
    def steps(self) -> tuple[PlanStep, ...]:
        """Those of all parts, in their order."""
        return tuple(step for part in self.parts.values() for step in part)

    def place(self, text: str | None) -> int | None:
        """The place of the step that an address names, from 0; None if there is none.

        Args:
            text: from "1" up; None is the first step.
        """
        if text is None:
            return 0
        names = [str(number) for number in range(1, len(self.steps) + 1)]
        return names.index(text) if text in names else None

    def part_of(self, place: int) -> str:
        """The name of the part that the step at a place, from 0, belongs to."""
        names = [name for name, part in self.parts.items() for _ in part]
        return names[place]


def _preset(page: str, minute: int, preset: str, *words: str, covered: bool = True) -> PlanStep:
    """A preset of a lesson; the words are title, question and what to watch for."""
    query = {"preset": preset} | ({PREDICT: "1"} if covered else {})
    return PlanStep(minute, page, query, *words)


_softmax, _loss = partial(_preset, "softmax"), partial(_preset, "cross_entropy")


def _train(minute: int, training: str, title: str, question: str, watch: str) -> PlanStep:
    return PlanStep(minute, "train", {"training": training}, title, question, watch)


def _draw(minute: int, panel: str, title: str, question: str, watch: str) -> PlanStep:
    query = {"panel": panel} if panel else {}
    return PlanStep(minute, "draw", query, title, question, watch)


_BARS = (
    "Let somebody write a digit, then an unclear one. One bar for each digit; together they are 1. "
    "How a computer gets from a picture to ten numbers that sum to 1 is left open: it is what the "
    "lesson is about."
)
_LEAD = (
    "Class 0 leads by 0.8: a third, half, or nearly all? Vote, then look at the bars. Half: 0.508. "
    "Many vote “nearly all”. Larger by 0.8 is *e*⁰·⁸ ≈ 2.2 times as probable as the next."
)
_UP = "Drag z₀, to about 4.2. Each step of 1 multiplies the *odds* by *e*."
_ONE_NUMBER = "Only at the one of the true class: −log 0.7 = 0.357."
_LOW = (
    "2.30, at 0.01 then 4.61, at 0 then ∞. Why a logarithm and not 1 − p? Sure and wrong must cost "
    "without limit; 1 − p never costs more than 1."
)
_PUSHED = (
    "Which up, which down? z₀ up by 0.84, z₁ down by 0.71, z₂ down by 0.13: p − y. They sum to 0."
)
_CURVES = (
    "One point is a batch of 64, so the training loss is restless. The other curve is asked of "
    "10,000 images it never learns from. q shows the code for those who want to watch it on their "
    "own screens."
)
_END = (
    "Vote by hand again. The third epoch passes 90 %. A run here: 61, 87, 92, 93, 95, 95, 96, 96, "
    "97 %. Yours is near it."
)
_CLASS_DRAWS = (
    "q shows the code: the class opens the page and draws on phones. Who finds a digit that a "
    "person reads and the network does not? A 1 with a foot, a 7 with a bar, a 9 that is open, two "
    "digits that touch. Take one of them to the front and draw it."
)
_PIXELS = "Blue ink speaks for its answer, orange ink against it."

_FORTY_FIVE = Plan(
    45,
    {
        "0–4 A digit is read": (
            PlanStep(
                0,
                "",
                {},
                "the first page",
                "How would you tell a 3 from an 8?",
                "The four cards are the lesson, from left to right. Most rules that are proposed "
                "fail for somebody’s handwriting: the network finds its own.",
            ),
            _draw(1, "", "the canvas", "What are the ten bars?", _BARS),
        ),
        "4–14 Logits become probabilities": (
            _softmax(4, "B1", "four logits", "How much does class 0 get, ahead by 0.8?", _LEAD),
            _softmax(
                7,
                "B1",
                "the same, drag z₀",
                "How far up must z₀ go for 90 %?",
                _UP,
                covered=False,
            ),
            _softmax(
                9,
                "shift",
                "add 100 to all",
                "What happens to each probability?",
                "Nothing: *e*¹⁰⁰ is in numerator and denominator. Only differences count.",
            ),
            _softmax(
                11,
                "cold",
                "cold",
                "Who gets what at T = 0.1?",
                "The winner takes all (0.9996).",
            ),
            _softmax(
                12,
                "hot",
                "hot",
                "And at T = 10?",
                "Nearly equal (0.27, 0.25, 0.23, 0.25), in the same order.",
            ),
            _softmax(
                13,
                "overflow",
                "the trap",
                "What is e¹⁰⁰⁰ to a computer?",
                "Infinity, and ∞ / ∞ is nan. Subtract the largest logit first: it changes nothing, "
                "as seen.",
            ),
        ),
        "14–26 Probabilities become a loss": (
            _loss(
                14,
                "A4-good",
                "0.7 for the truth",
                "At which number does the loss look?",
                _ONE_NUMBER,
            ),
            _loss(16, "A4-bad", "0.1 for the truth", "And at 0.1? At 0.01? At 0?", _LOW),
            _loss(19, "A5-bad", "wrong", "Which logit is pushed most?", _PUSHED),
            _loss(
                21,
                "A5-bad",
                "the same, “Take one gradient step”",
                "How many steps until the answer is right?",
                "One: the loss falls from 1.84 to 0.81, z₀ = 1.34 is ahead of z₁ = 1.29.",
                covered=False,
            ),
            _loss(
                23,
                "A3",
                "one confident mistake in four",
                "Three losses of 0.04, one of 8. The mean?",
                "2.03: the large one decides. The right-hand prediction has all four unsure and a "
                "mean of 0.61.",
            ),
            _loss(
                25,
                "untrained",
                "before training",
                "What does it cost to know nothing?",
                "Ten classes: log 10 ≈ 2.30; here 2.35, as random weights are not quite nothing. "
                "Write 2.30 on the board: it comes back in a minute.",
            ),
        ),
        "26–38 The loss moves the weights": (
            _train(
                26,
                "notebook-a",
                "notebook A’s network",
                "Where does the curve begin?",
                "Not started yet. It begins at 2.30. After how many of nine epochs are nine of ten "
                "unseen digits right? Vote.",
            ),
            _train(27, "notebook-a", "the same, “Start”", "What do the two curves show?", _CURVES),
            _train(
                30,
                "notebook-a",
                "the same, meanwhile",
                "Why so slow at first, and then so fast?",
                "Through five layers the first slopes are small; once they are not, it goes fast.",
            ),
            _train(32, "notebook-a", "the same, its end", "Who was right?", _END),
            _train(
                33,
                "rate-100",
                "a hundred times the rate",
                "A hundred times as fast?",
                "“Start”. The loss jumps to about 2.30 and stays there, or ends as nan: all "
                "answers are the same digit. “Stop” when it is clear.",
            ),
            _train(
                36,
                "tiny",
                "100 examples",
                "Which curve falls, which rises?",
                "“Start”. Training falls to 0, the test loss rises again; near 57 %: learned by "
                "heart.",
            ),
        ),
        "38–45 Your handwriting": (
            _draw(38, "", "the canvas", "Which of your digits is misread?", _CLASS_DRAWS),
            _draw(
                40,
                "X-ray",
                "what it sees",
                "What of your ink does the network see?",
                "Cut out, of one width, 20 × 20 pixels, centred: as the digits it learned from.",
            ),
            _draw(
                41,
                "Surprise",
                "how surprised it is",
                "How surprised is it by what you meant?",
                "−log p of what was meant: the loss of minute 14.",
            ),
            _draw(42, "Why?", "which pixels", "Which pixels spoke for its answer?", _PIXELS),
            _draw(
                44,
                "",
                "the canvas, once more",
                "What would make it better?",
                "More examples, such as these. “Teach it” below the canvas (key p first) collects "
                "what is drawn on this computer and trains the network with it and a part of "
                "MNIST.",
            ),
        ),
    },
)


def _again(there: int, minute: int) -> PlanStep:
    """What the long lesson shows at its minute `there`, at another one."""
    return replace(next(one for one in _FORTY_FIVE.steps if one.minute == there), minute=minute)


_TWENTY = Plan(
    20,
    {
        "0–2 A digit is read, in short": (_again(1, 0),),
        "2–6 Logits, in short": (_again(4, 2), _again(7, 4)),
        "6–11 The loss, in short": (_again(14, 6), _again(16, 7), _again(19, 9)),
        "11–16 The weights, in short": (
            _train(
                11,
                "notebook-a",
                "notebook A’s network",
                "When will nine of ten be right?",
                "Vote for one of the nine epochs, then “Start”.",
            ),
            replace(_again(27, 12), title="the same, meanwhile"),
            _again(32, 15),
        ),
        "16–20 Your handwriting, in short": (_again(38, 16), _again(42, 18)),
    },
)

PLANS: Mapping[str, Plan] = {str(plan.minutes): plan for plan in (_FORTY_FIVE, _TWENTY)}
"""The lessons by what stands in the address, `?lesson=45`."""


@dataclass(frozen=True)
class Place:
    """A step of a lesson.

    Attributes:
        lesson: a key of `PLANS`.
        number: of the step, from 0.
    """

    lesson: str
    number: int

    @property
    def plan(self) -> Plan:
        return PLANS[self.lesson]

    @property
    def step(self) -> PlanStep:
        return self.plan.steps[self.number]

    @property
    def following(self) -> PlanStep | None:
        """The next step; None after the last one."""
        rest = self.plan.steps[self.number + 1 :]
        return rest[0] if rest else None

    @property
    def address(self) -> dict[str, str]:
        """What stands in the address at it, beside what its page has there."""
        return {LESSON: self.lesson, STEP: str(self.number + 1)}

    def first_on(self, page: str) -> Place | None:
        """The first step of the lesson on a page; None if it does not come there."""
        for number, step in enumerate(self.plan.steps):
            if step.page == page:
                return Place(self.lesson, number)
        return None


def read_place(query: Mapping[str, str]) -> Place | None:
    """The step of a lesson that an address names; None if it names none that there is."""
    lesson = query.get(LESSON, "")
    number = PLANS[lesson].place(query.get(STEP)) if lesson in PLANS else None
    return None if number is None else Place(lesson, number)
