// A slider that is moved by a pointer or by keys.

/**
 * What a pointer does. A drag that is cancelled is undone.
 *
 * @typedef {object} Drag
 * @property {(x: number) => number | undefined} begin at x, in px of the page: how far that is
 *   from the middle of what the pointer holds; undefined refuses it
 * @property {(x: number) => void} move
 * @property {(x?: number) => void} finish it ends, and counts; with x where it has still moved
 * @property {() => void} cancel
 * @property {(action: () => void) => void} onFrame do this right before the next rendering,
 *   instead of an earlier action
 */

/**
 * What keys do.
 *
 * @typedef {object} Keys
 * @property {(direction: 1 | -1, isPage: boolean, isShift: boolean) => number} by one step on
 * @property {() => number} low
 * @property {() => number} high
 * @property {() => boolean} begin a key press starts; false refuses it
 * @property {(value: number) => void} move
 * @property {() => void} finish keys are let go
 * @property {(event: KeyboardEvent) => number} pause ms after which they count as let go
 */

/** @typedef {"pointermove" | "pointerup" | "pointercancel" | "lostpointercapture"} PointerEvents */

/**
 * @param {HTMLElement} track
 * @param {Drag} drag
 * @param {AbortSignal} signal that ends it
 */
export function listenToPointer(track, { begin, move, finish, cancel, onFrame }, signal) {
  /** @type {AbortController | undefined} */
  let held;
  track.addEventListener("pointerdown", (event) => {
    if ((held && !held.signal.aborted) || event.button !== 0 || !event.isPrimary) return;
    event.preventDefault(); // no text selection
    /** @type {FocusOptions & { focusVisible: boolean }} */
    const quietly = { preventScroll: true, focusVisible: false };
    track.focus(quietly); // commits a typed number first
    track.setPointerCapture(event.pointerId); // if it throws, nothing has begun
    const offset = begin(event.clientX);
    if (offset === undefined) {
      track.releasePointerCapture(event.pointerId);
      return;
    }
    const mine = new AbortController();
    const options = { signal: mine.signal };
    signal.addEventListener("abort", () => mine.abort(), options);
    held = mine;
    track.toggleAttribute("data-held", true); // by which others know that Escape is its own
    mine.signal.addEventListener("abort", () => track.toggleAttribute("data-held", false));
    let at = event.clientX;
    /** @param {number} x */
    const moveTo = (x) => {
      if (mine.signal.aborted || x === at) return;
      at = x;
      move(x - offset);
    };
    const undo = () => {
      mine.abort();
      cancel();
    };
    /** @type {(name: PointerEvents, action: (event: PointerEvent) => void) => void} */
    const on = (name, action) => {
      /** @param {PointerEvent} other */
      const ifMine = (other) => {
        if (other.pointerId === event.pointerId) action(other);
      };
      track.addEventListener(name, ifMine, options);
    };
    on("pointermove", ({ clientX }) => onFrame(() => moveTo(clientX)));
    on("pointerup", ({ clientX }) => {
      mine.abort();
      finish(clientX === at ? undefined : clientX - offset);
    });
    on("pointercancel", undo); // the page scrolls instead
    on("lostpointercapture", undo);
    window.addEventListener(
      "keydown",
      (pressed) => {
        if (pressed.key !== "Escape") return;
        if (track.isConnected) pressed.stopPropagation(); // it closes no dialog around the slider
        undo();
      },
      { capture: true, ...options },
    );
  });
}

/**
 * Returns what lets go of the keys at once.
 *
 * @param {HTMLElement} track
 * @param {Keys} keys
 * @param {AbortSignal} signal that ends it
 */
export function listenToKeys(track, { begin, move, finish, pause, ...range }, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting; // while a key press has not been let go
  const letGo = () => {
    if (waiting === undefined) return;
    clearTimeout(waiting);
    waiting = undefined;
    if (!signal.aborted) finish();
  };
  track.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = target(event, range);
    if (value === undefined || (waiting === undefined && !begin())) return;
    event.preventDefault(); // nor scroll
    clearTimeout(waiting);
    waiting = setTimeout(letGo, pause(event));
    move(value);
  });
  track.addEventListener("blur", letGo);
  return letGo;
}

/**
 * Where a key leads; undefined if it means nothing here.
 *
 * @param {KeyboardEvent} event
 * @param {Pick<Keys, "by" | "low" | "high">} range
 */
function target({ key, shiftKey }, { by, low, high }) {
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return by(1, false, shiftKey);
    case "ArrowLeft":
    case "ArrowDown":
      return by(-1, false, shiftKey);
    case "PageUp":
      return by(1, true, shiftKey);
    case "PageDown":
      return by(-1, true, shiftKey);
    case "Home":
      return low();
    case "End":
      return high();
    default:
      return undefined;
  }
}
