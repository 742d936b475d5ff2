// Ink as pixels: drawn onto a surface, cropped and averaged into what is sent, and what is read of
// that: here while the pen moves, and in Python when a stroke has ended.

export const SIDE = 280; // of the raster that pictures are taken from; the server knows it too
// Fewer than the 2,304 that the server takes: Streamlit's message around a picture holds the
// states of all widgets of the page, and together they are to stay below 2 kB.
const MOST_PIXELS = 44 * 44;

/** @typedef {import("./ink.js").Stroke} Stroke */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Box px of the raster */

/**
 * What is sent of a drawing.
 *
 * @typedef {object} GreyPicture
 * @property {[width: number, height: number]} size
 * @property {Box} box where the ink is
 * @property {string} grey base64, two pixels a byte
 */

/**
 * The same before it is packed.
 *
 * @typedef {object} Levels
 * @property {[width: number, height: number]} size
 * @property {Box} box
 * @property {Uint8Array} levels 0 to 15, row by row
 */

/**
 * A 2D context, and below it the strokes that are not growing any more.
 *
 * @typedef {object} Surface
 * @property {CanvasRenderingContext2D} context
 * @property {CanvasRenderingContext2D} base
 * @property {Stroke[]} settled the strokes on the base
 * @property {string} key of the size and the colour that they are drawn in
 */

/**
 * Drawing only what is new gives the very pixels that drawing all would give, so undo gives
 * back the same picture.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [options]
 * @returns {Surface}
 */
export function createSurface(canvas, options) {
  /** @param {HTMLCanvasElement} node */
  const layer = (node) => {
    const context = node.getContext("2d", options);
    if (!context) throw new Error("This browser has no canvas to draw on");
    return context;
  };
  const base = layer(document.createElement("canvas"));
  /** @type {Surface} */
  const surface = { context: layer(canvas), base, settled: [], key: "" };
  // A device that is short of memory, as a tablet that sleeps, forgets what was painted.
  for (const { canvas: node } of [surface.context, base])
    node.addEventListener("contextrestored", () => {
      surface.key = "";
    });
  return surface;
}

/**
 * @param {Surface} surface
 * @param {Stroke[]} strokes
 * @param {number} side in px
 * @param {string} colour
 */
export function drawInk(surface, strokes, side, colour) {
  const { context, base } = surface;
  const rest = strokes.slice(0, -1);
  const key = `${side} ${colour}`;
  if (key !== surface.key || !surface.settled.every((stroke, i) => stroke === rest[i])) {
    for (const layer of [base, context]) {
      layer.canvas.width = layer.canvas.height = side; // which also clears it
      Object.assign(layer, { strokeStyle: colour, fillStyle: colour });
      Object.assign(layer, { lineCap: "round", lineJoin: "round" });
    }
    Object.assign(surface, { key, settled: [] });
  }
  for (const stroke of rest.slice(surface.settled.length)) drawStroke(base, stroke, side);
  surface.settled = rest;
  context.clearRect(0, 0, side, side);
  context.drawImage(base.canvas, 0, 0);
  const newest = strokes.at(-1);
  if (newest) drawStroke(context, newest, side);
}

/**
 * 0.5 is the pressure of what knows none; playground.drawing.rendering draws the same.
 *
 * @param {number} pressure
 */
export const thickness = (pressure) => 0.5 + pressure;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {number} side
 */
function drawStroke(context, { width, points }, side) {
  const first = points[2];
  context.lineWidth = width * thickness(first) * side;
  context.beginPath();
  context.arc(points[0] * side, points[1] * side, context.lineWidth / 2, 0, 2 * Math.PI);
  context.fill();
  let isEven = true;
  for (let i = 5; i < points.length; i += 3) isEven &&= points[i] === first;
  if (isEven) drawLine(context, points, 0, points.length, side);
  else
    for (let i = 3; i < points.length; i += 3) {
      context.lineWidth = width * thickness((points[i - 1] + points[i + 2]) / 2) * side;
      drawLine(context, points, i - 3, i + 3, side);
    }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} points
 * @param {number} from
 * @param {number} to
 * @param {number} side
 */
function drawLine(context, points, from, to, side) {
  context.beginPath();
  context.moveTo(points[from] * side, points[from + 1] * side);
  for (let i = from + 3; i < to; i += 3) context.lineTo(points[i] * side, points[i + 1] * side);
  context.stroke();
}

// ---------------------------------------------------------------- what is sent

/**
 * @param {Surface} surface
 * @param {Stroke[]} strokes
 */
export function takePicture(surface, strokes) {
  drawInk(surface, strokes, SIDE, "#000");
  return levelsOf(surface.context.getImageData(0, 0, SIDE, SIDE).data);
}

/**
 * @param {Uint8ClampedArray} data of the raster: red, green, blue and opacity of each pixel
 * @returns {Levels}
 */
export function levelsOf(data) {
  const box = inkBox(data);
  if (!box) return { size: [0, 0], box: [0, 0, 0, 0], levels: new Uint8Array() };
  const [left, top, right, bottom] = box;
  const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / ((right - left) * (bottom - top))));
  const width = Math.max(1, Math.floor((right - left) * shrink));
  const height = Math.max(1, Math.floor((bottom - top) * shrink));
  const levels = Uint8Array.from(average(data, box, width, height), (grey) =>
    Math.round(grey / 17),
  );
  return { size: [width, height], box, levels };
}

/**
 * @param {Uint8ClampedArray} data
 * @returns {Box | undefined}
 */
function inkBox(data) {
  let [left, top, right, bottom] = [SIDE, SIDE, 0, 0];
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1) {
      if (data[4 * (y * SIDE + x) + 3] < 9) continue; // rounds to level 0
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  return right > left ? [left, top, right, bottom] : undefined;
}

/**
 * The mean over the area that each pixel of the picture covers, borders by their share.
 *
 * @param {Uint8ClampedArray} data
 * @param {Box} box
 * @param {number} width
 * @param {number} height
 */
function average(data, [left, top, right, bottom], width, height) {
  const rows = new Float32Array(width * (bottom - top));
  spread(left, right, width, (x, target, share) => {
    for (let y = top; y < bottom; y += 1)
      rows[(y - top) * width + target] += share * data[4 * (y * SIDE + x) + 3];
  });
  const picture = new Float32Array(width * height);
  spread(0, bottom - top, height, (y, target, share) => {
    for (let x = 0; x < width; x += 1) picture[target * width + x] += share * rows[y * width + x];
  });
  return picture;
}

/**
 * Calls back for each source pixel from start to stop with a target it counts towards.
 *
 * @param {number} start
 * @param {number} stop
 * @param {number} count
 * @param {(pixel: number, target: number, share: number) => void} callback
 */
function spread(start, stop, count, callback) {
  const scale = (stop - start) / count;
  for (let target = 0; target < count; target += 1) {
    const [from, to] = [start + target * scale, start + (target + 1) * scale];
    for (let pixel = Math.floor(from); pixel < Math.min(stop, Math.ceil(to)); pixel += 1) {
      const share = Math.min(to, pixel + 1) - Math.max(from, pixel);
      if (share > 1e-9) callback(pixel, target, share / scale);
    }
  }
}

/**
 * Two pixels a byte, the first in the upper half.
 *
 * @param {Levels} picture
 * @returns {GreyPicture}
 */
export function packed({ levels, ...place }) {
  const bytes = Array.from({ length: Math.ceil(levels.length / 2) }, (_, i) =>
    String.fromCharCode(levels[2 * i] * 16 + (levels[2 * i + 1] ?? 0)),
  );
  return { ...place, grey: btoa(bytes.join("")) };
}

// ---------------------------------------------------------------- what is read

const ROUNDING = 1e-6; // of a grey level: Python, too, rounds up at a half, whatever the last digit

/**
 * The picture back at its place on the raster, as `Picture.full` of message.py makes it: linear
 * between the middles of pixels.
 *
 * @param {Levels} picture
 * @returns {import("./reading/resize.js").Grey} in [0, 1]
 */
export function enlarged({ size: [width, height], box: [left, top, right, bottom], levels }) {
  const values = new Float32Array(SIDE * SIDE);
  if (levels.length) {
    const across = between(width, left, right);
    const down = between(height, top, bottom);
    for (const [y, upper, below] of down)
      for (const [x, first, after] of across) {
        let grey = 0;
        for (const [column, share] of [first, after])
          grey +=
            share *
            (upper[1] * 17 * levels[upper[0] * width + column] +
              below[1] * 17 * levels[below[0] * width + column]);
        values[y * SIDE + x] = Math.floor(grey + 0.5 + ROUNDING) / 255;
      }
  }
  return { width: SIDE, height: SIDE, values };
}

/** @typedef {[pixel: number, share: number]} Part */

/**
 * Each pixel of the raster from start to stop, and the two of the picture that it lies between.
 *
 * @param {number} count
 * @param {number} start
 * @param {number} stop
 * @returns {[at: number, one: Part, other: Part][]}
 */
function between(count, start, stop) {
  const scale = count / (stop - start);
  return Array.from({ length: stop - start }, (_, i) => {
    const place = Math.min(Math.max((i + 0.5) * scale, 0.5), count - 0.5) - 0.5;
    const low = Math.floor(place);
    const share = place - low;
    return [start + i, [low, 1 - share], [Math.min(low + 1, count - 1), share]];
  });
}
