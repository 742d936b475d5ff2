// The classes' colours, as pairs [light page, dark page], and what can be read on them.

export const classColour = (colours, k, dark) => colours[k % colours.length][+dark];

// Black or white, whichever has more contrast: black above a relative luminance of 0.179.
export function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
