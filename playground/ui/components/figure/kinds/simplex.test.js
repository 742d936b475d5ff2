// The triangle: its point, its lines and its paths.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, HUGE, notesOf, THREE } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";
import { softmax } from "../../_kernel/maths.js";
import { contour, extended, simplexPoint, sliderPath, temperaturePath } from "./simplex.js";

/** @typedef {import("../kinds.js").Place} Place */
/** @typedef {import("../kinds.js").State} State */

const LEVELS = [0.1, 0.25, 0.5, 1, 2, 3];
const HEIGHT = Math.sqrt(3) / 2;
const CLOSE = { absolute: 1e-12, relative: 1e-12 };
const SIX_DIGITS = { absolute: 1e-12, relative: 1e-5 };
const [TRAIL, POINT] = [7, 8];

/** @type {(values: number[], temperature?: number, target?: number, trail?: Place[]) => import("../kinds.js").Drawing} */
const triangle = (values, temperature = 1, target = 0, trail = []) =>
  drawn("simplex", { values, temperature, target, levels: LEVELS }, trail);

/**
 * How far a point is from the line through two others, and where between them it is.
 *
 * @type {(point: Place, from: Place, to: Place) => number}
 */
function offLine([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  return Math.abs(dx * (y - y0) - dy * (x - x0)) / Math.hypot(dx, dy);
}

test("certainty is a corner, and knowing nothing the middle", () => {
  const certain = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const corners = certain.map(simplexPoint);
  assertNear(
    corners,
    [
      [0, 0],
      [1, 0],
      [0.5, HEIGHT],
    ],
    CLOSE,
    "corners",
  );
  for (const [i, [x, y]] of corners.entries()) {
    const [a, b] = corners[(i + 1) % 3];
    assertNear(Math.hypot(x - a, y - b), 1, CLOSE, "sides");
  }
  assertNear(simplexPoint([1 / 3, 1 / 3, 1 / 3]), [0.5, HEIGHT / 3], CLOSE, "middle");
});

test("the loss is the same all along a line of equal loss", () => {
  for (const target of [0, 1, 2])
    for (const level of LEVELS) {
      const [one, other] = contour(target, level);
      for (const part of [0, 0.2, 0.5, 1]) {
        const p = one.map((share, k) => part * share + (1 - part) * other[k]);
        assertNear(-Math.log(p[target]), level, CLOSE, `class ${target} at ${level}`);
        assertNear(p[0] + p[1] + p[2], 1, CLOSE, "sum");
        assert.ok(p.every((share) => share >= 0));
      }
    }
});

test("each level is written at an end of its line", () => {
  for (const target of [0, 1, 2]) {
    const [, lines, labels] = triangle(THREE, 1, target).data;
    const { x = [], y = [] } = lines;
    assert.equal(x.length, 3 * LEVELS.length);
    assert.deepEqual(
      labels.text,
      LEVELS.map((level) => ` ${level} `),
    );
    for (const i of LEVELS.keys()) {
      assert.ok(Number.isNaN(x[3 * i + 2]) && Number.isNaN(y[3 * i + 2]), "a gap");
      const ends = [0, 1].map((end) => `${x[3 * i + end]} ${y[3 * i + end]}`);
      assert.ok(ends.includes(`${labels.x?.[i]} ${labels.y?.[i]}`));
    }
  }
});

test("levels are written beside the triangle: at its left edge or at its right one", () => {
  for (const [target, side] of ["left", "right", "right"].entries()) {
    const { x = [], y = [], textposition } = triangle(THREE, 1, target).data[2];
    assert.equal(textposition, `middle ${side}`);
    /** @type {Place} */
    const foot = side === "left" ? [0, 0] : [1, 0];
    for (const [i, across] of x.entries())
      assert.ok(offLine([across, y[i]], foot, [0.5, HEIGHT]) < 1e-5, `class ${target}`);
  }
});

test("the point lies on the straight path of each slider", () => {
  for (const moved of [0, 1, 2]) {
    const path = sliderPath(THREE, 0.7, moved);
    const places = path.map(simplexPoint);
    const [from, to] = [places[0], places[18]];
    for (const place of places) assert.ok(offLine(place, from, to) < 1e-12);
    for (const change of [-3, 0, 2]) {
      const values = THREE.map((z, k) => (k === moved ? z + change : z)); // where it really leads
      assert.ok(offLine(simplexPoint(softmax(values, 0.7)), from, to) < 1e-12);
    }
    assert.ok(path[18][moved] > 0.999 && path[0][moved] < 0.001);
  }
});

test("the temperature's path goes from the arg max to the middle, without a jump", () => {
  const path = temperaturePath(THREE);
  for (const [t, p] of path) assertNear(p, softmax(THREE, t), { absolute: 1e-9 }, `T = ${t}`);
  assert.ok(path.every(([t], i) => i === 0 || t > path[i - 1][0]));
  assert.ok(path[0][1][0] > 0.99999);
  assertNear(path[path.length - 1][1], [1 / 3, 1 / 3, 1 / 3], { absolute: 0.005 }, "middle");
  assertNear(temperaturePath([1, 1, 0])[0][1], [0.5, 0.5, 0], { absolute: 1e-5 }, "tied");
  const places = path.map(([, p]) => simplexPoint(p));
  for (const [i, [x, y]] of places.slice(1).entries())
    assert.ok(Math.hypot(x - places[i][0], y - places[i][1]) < 0.1);
  assert.deepEqual(temperaturePath([2, 2, 2]), [[1, softmax([2, 2, 2])]]);
  assert.ok(temperaturePath(HUGE).every(([t]) => Number.isFinite(t)));
});

test("the point and what its hover says are Python's probabilities and loss", () => {
  /** @type {{ values: number[], temperature: number, target: number, probability: number[], losses: number[] }[]} */
  const examples = golden("softmax");
  const three = examples.filter(({ values }) => values.length === 3);
  assert.ok(three.length > 100);
  for (const { values, temperature, target, probability: p, losses } of three) {
    const at = `${values} at ${temperature}`;
    const { data, shown } = triangle(values, temperature, target);
    const point = data[POINT];
    assertNear([point.x?.[0], point.y?.[0]], simplexPoint(p), SIX_DIGITS, at);
    const loss = Math.min(losses[target], Number.MAX_VALUE);
    assertNear(point.customdata, [[...p, loss]], { absolute: 1e-9, relative: 1e-5 }, at);
    assertNear(shown, { probabilities: p }, { absolute: 1e-9 }, at);
  }
});

test("the true class is named, and the lines of loss are those of its probability", () => {
  const { layout, data } = triangle(THREE, 1, 2);
  const [heading, , ...names] = notesOf(layout);
  assert.equal(heading, "<b>Lines of equal loss −log p<sub>2</sub></b>");
  assert.deepEqual(names, ["<b>class 0</b>", "<b>class 1</b>", "<b>class 2</b> (true)"]);
  assert.notDeepEqual(data[1], triangle(THREE, 1, 0).data[1]);
});

test("every path tells its probabilities and losses, and the temperature's its T", () => {
  const { data } = triangle(THREE, 2, 1);
  for (const i of [3, 4, 5, 6]) {
    const { customdata = [], x = [], y = [] } = data[i];
    assert.equal(customdata.length, x.length);
    for (const [row, cell] of customdata.entries()) {
      const p = cell.slice(0, 3).map(Number);
      assertNear([x[row], y[row]], simplexPoint(p), { absolute: 1e-4 }, "place");
      assertNear(Number(cell[3]), -Math.log(p[1]), { absolute: 1e-4, relative: 1e-4 }, "loss");
      if (i === 6) assertNear(softmax(THREE, Number(cell[4])), p, { absolute: 1e-3 }, "T");
    }
  }
});

test("a drag's path is drawn, grows with each move that can be seen, and is thinned", () => {
  /** @param {number} first */
  const state = (first) => /** @type {State} */ ({ values: [first, 1, 0.1], temperature: 1 });
  /** @type {Place[]} */
  let trail = [];
  const drag = (/** @type {number} */ first) => {
    trail = extended(trail, state(first));
  };
  drag(2);
  drag(2);
  drag(2.0001);
  assert.equal(trail.length, 1);
  drag(1.5);
  assert.deepEqual(
    trail,
    [2, 1.5].map((z) => simplexPoint(softmax([z, 1, 0.1]))),
  );
  const { x, y } = triangle(THREE, 1, 0, trail).data[TRAIL];
  assertNear([x, y], [trail.map(([a]) => a), trail.map(([, b]) => b)], SIX_DIGITS, "trail");
  assert.deepEqual(triangle(THREE).data[TRAIL].x, []);
  const [start] = trail;
  for (let i = 0; i < 1000; i++) drag(i % 2 ? 5 : -5);
  assert.ok(trail.length > 100 && trail.length <= 240, `${trail.length}`);
  assert.deepEqual(trail[0], start);
});
