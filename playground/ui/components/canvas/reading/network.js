// A network from its weights, and its way from 28 × 28 pixels to logits: what `forward` of
// playground.networks.classes does, layer by layer.
//
// Weights come as safetensors, most of them numbers of 16 bits: `half_weights` of
// playground.explaining has made the file.

/**
 * @typedef {object} Tensor
 * @property {number[]} shape
 * @property {Float32Array} values
 */

/** @typedef {{ [name: string]: Tensor }} Weights */

/**
 * What a layer was worked out with.
 *
 * @typedef {object} Operation
 * @property {"dense" | "convolution" | "pool" | "relu" | "scale"} kind
 * @property {string} [name] of its weights
 * @property {number} [stride]
 * @property {number} [padding]
 */

/**
 * A layer that knows its way back: from which one, by what. `backward.js` goes it.
 *
 * @typedef {import("../../_kernel/layers.js").Layer & { from?: Layer, by?: Operation }} Layer
 */
/** @typedef {{ kind: string, activation: string }} Architecture as NetworkSpec names them */

const SIDE = 28;
const MEAN = 0.1307; // of MNIST's pixels, in PyTorch's example
export const DEVIATION = 0.3081; // likewise

// ---------------------------------------------------------------- weights

/**
 * @param {ArrayBuffer} file
 * @returns {Weights}
 */
export function readWeights(file) {
  const view = new DataView(file);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, start - 8)));
  delete header.__metadata__;
  /** @type {Weights} */
  const weights = {};
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (dtype === "U8") continue; // for which weights a calibration was made: Python has checked it
    const size = dtype === "F16" ? 2 : 4;
    const values = new Float32Array((offsets[1] - offsets[0]) / size);
    for (let i = 0; i < values.length; i += 1) {
      const at = start + offsets[0] + size * i;
      values[i] = size === 2 ? HALVES[view.getUint16(at, true)] : view.getFloat32(at, true);
    }
    if (!values.every(Number.isFinite)) throw new RangeError(`${name} is not finite`);
    weights[name] = { shape, values };
  }
  return weights;
}

/** All numbers of 16 bits: a network's hundred thousands of weights are looked up in a frame. */
const HALVES = Float32Array.from({ length: 2 ** 16 }, (_, bits) => half(bits));

/**
 * A number of 16 bits: sign, 5 bits of exponent, 10 of fraction (IEEE 754, binary16).
 *
 * @param {number} bits
 */
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
}

// ---------------------------------------------------------------- layers

/**
 * Wx + b.
 *
 * @param {Weights} weights
 * @param {string} name
 * @param {Layer} x
 * @returns {Layer}
 */
export function dense(weights, name, x) {
  const [w, b] = [weights[`${name}.weight`].values, weights[`${name}.bias`].values];
  const result = new Float32Array(b.length);
  affine(w, b, x.values, result, 0, 1);
  return { name, shape: [b.length], values: result, from: x, by: { kind: "dense", name } };
}

/**
 * Wx + b into every so many places of a result. Four rows of W at once, so that x is read once for
 * them and no sum waits for another.
 *
 * @param {Float32Array} w row by row
 * @param {Float32Array} b
 * @param {Float32Array} x
 * @param {Float32Array} result
 * @param {number} first
 * @param {number} step
 */
function affine(w, b, x, result, first, step) {
  const n = x.length;
  let unit = 0;
  for (; unit + 3 < b.length; unit += 4) {
    let [s0, s1, s2, s3] = [b[unit], b[unit + 1], b[unit + 2], b[unit + 3]];
    for (let i = 0, at = unit * n; i < n; i += 1, at += 1) {
      const value = x[i];
      s0 += w[at] * value;
      s1 += w[at + n] * value;
      s2 += w[at + 2 * n] * value;
      s3 += w[at + 3 * n] * value;
    }
    const to = first + unit * step;
    result[to] = s0;
    result[to + step] = s1;
    result[to + 2 * step] = s2;
    result[to + 3 * step] = s3;
  }
  for (; unit < b.length; unit += 1) {
    let sum = b[unit];
    for (let i = 0; i < n; i += 1) sum += w[unit * n + i] * x[i];
    result[first + unit * step] = sum;
  }
}

/**
 * Each pixel of a channel is a dense layer over the pixels around it.
 *
 * @param {Weights} weights
 * @param {string} name
 * @param {Layer} x
 * @param {{ stride?: number, padding?: number }} [how]
 * @returns {Layer}
 */
export function convolution(weights, name, x, { stride = 1, padding = 0 } = {}) {
  const { shape, values } = weights[`${name}.weight`];
  const [channels, inputs, side] = shape;
  const [height, width] = x.shape
    .slice(1)
    .map((size) => Math.floor((size + 2 * padding - side) / stride) + 1);
  const around = new Float32Array(inputs * side * side);
  const result = new Float32Array(channels * height * width);
  const bias = weights[`${name}.bias`].values;
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      gather(x, row * stride - padding, column * stride - padding, side, around);
      affine(values, bias, around, result, row * width + column, height * width);
    }
  const by = /** @type {const} */ ({ kind: "convolution", name, stride, padding });
  return { name, shape: [channels, height, width], values: result, from: x, by };
}

/**
 * The square of pixels from a place on, of every channel; 0 beyond the edge.
 *
 * @param {Layer} x
 * @param {number} top
 * @param {number} left
 * @param {number} side
 * @param {Float32Array} into
 */
function gather({ shape: [channels, height, width], values }, top, left, side, into) {
  let at = 0;
  for (let c = 0; c < channels; c += 1)
    for (let y = top; y < top + side; y += 1)
      for (let column = left; column < left + side; column += 1) {
        const inside = y >= 0 && y < height && column >= 0 && column < width;
        into[at++] = inside ? values[(c * height + y) * width + column] : 0;
      }
}

/**
 * The largest of each 2 × 2 pixels.
 *
 * @param {Layer} x
 * @returns {Layer}
 */
function maxPool(x) {
  const [channels, height, width] = x.shape;
  const { values } = x;
  const [rows, columns] = [height >> 1, width >> 1];
  const result = new Float32Array(channels * rows * columns);
  for (let i = 0; i < result.length; i += 1) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const c = Math.floor(row / rows);
    const at = (c * height + 2 * (row % rows)) * width + 2 * column;
    result[i] = Math.max(values[at], values[at + 1], values[at + width], values[at + width + 1]);
  }
  const shape = [channels, rows, columns];
  return { name: "pool", shape, values: result, from: x, by: { kind: "pool" } };
}

/**
 * @param {Layer} x
 * @returns {Layer}
 */
export const relu = (x) => ({
  ...x,
  values: x.values.map((value) => Math.max(0, value)),
  from: x,
  by: { kind: "relu" },
});

/**
 * Pixels with mean 0 and deviation 1, over all of MNIST.
 *
 * @param {Layer} x
 * @returns {Layer}
 */
const scale = (x) => ({
  ...x,
  values: x.values.map((value) => (value - MEAN) / DEVIATION),
  from: x,
  by: { kind: "scale" },
});

// ---------------------------------------------------------------- networks

/** @type {Record<string, (weights: Weights, x: Layer, activation: string) => Layer[]>} */
const NETWORKS = { linear: chain, mlp: chain, hidden: chain, binary: chain, cnn, pytorch };

/**
 * What each layer makes of a picture; the last one's values are the logits.
 *
 * @param {Architecture} architecture
 * @param {Weights} weights
 * @param {Float32Array} pixels 784 in [0, 1]
 */
export function forward({ kind, activation }, weights, pixels) {
  const x = { name: "x", shape: [1, SIDE, SIDE], values: pixels };
  return NETWORKS[kind](weights, x, activation);
}

/** @param {string} kind */
export const isKnown = (kind) => Object.hasOwn(NETWORKS, kind);

/**
 * Dense layers one after the other, in the order of their numbers.
 *
 * @param {Weights} weights
 * @param {Layer} x
 * @param {string} activation
 */
function chain(weights, x, activation) {
  const names = Object.keys(weights)
    .filter((name) => name.endsWith(".weight"))
    .map((name) => name.slice(0, -".weight".length))
    .sort((a, b) => numberOf(a) - numberOf(b));
  /** @type {Layer[]} */
  const layers = [];
  for (const name of names) {
    const layer = dense(weights, name, layers.at(-1) ?? x);
    const isHidden = layers.length < names.length - 1;
    layers.push(isHidden && activation === "relu" ? relu(layer) : layer);
  }
  return layers;
}

/** @param {string} name such as l12 */
const numberOf = (name) => Number(/\d*$/.exec(name)?.[0]);

/**
 * @param {Weights} weights
 * @param {Layer} x
 */
function cnn(weights, x) {
  const one = relu(convolution(weights, "conv1", x, { stride: 2, padding: 2 }));
  const two = named("conv2", relu(maxPool(convolution(weights, "conv2", one, { padding: 1 }))));
  const three = relu(convolution(weights, "conv3", two));
  return [one, two, three, dense(weights, "output", three)];
}

/**
 * @param {Weights} weights
 * @param {Layer} x
 */
function pytorch(weights, x) {
  const one = relu(convolution(weights, "conv1", scale(x)));
  const two = named("conv2", maxPool(relu(convolution(weights, "conv2", one))));
  const three = relu(dense(weights, "fc1", two));
  return [one, two, three, dense(weights, "fc2", three)];
}

/** @type {(name: string, layer: Layer) => Layer} */
const named = (name, layer) => ({ ...layer, name });

// ---------------------------------------------------------------- is it a digit?

/**
 * The evidence that a picture is a digit, by what the output layer of the app's network sees; and
 * its bounds. playground.networks.evidence does the same.
 *
 * @param {Weights} calibration
 * @param {Float32Array} features
 */
export function evidence(calibration, features) {
  const { mean, scale, weight1, bias1, weight2, bias2, no_digit: noDigit, unsure } = calibration;
  const scaled = features.map((value, i) => (value - mean.values[i]) / scale.values[i]);
  const head = { "1.weight": weight1, "1.bias": bias1, "2.weight": weight2, "2.bias": bias2 };
  const hidden = relu(dense(head, "1", { name: "h", shape: mean.shape, values: scaled }));
  const [found] = dense(head, "2", hidden).values;
  return { isDigit: found >= noDigit.values[0], unsure: unsure.values[0] };
}
