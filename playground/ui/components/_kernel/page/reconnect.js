// A server that was away is found at once.
//
// Streamlit asks for its health ever later, at last every 4 s, and lays a dialog over the page when
// six questions have failed. Here a question is asked again and again until it is answered, so that
// none fails, and nothing is covered: what is old says so itself (news.js). Once the page is connected
// again, "sp-connected" on the window says so, and what has not been answered is sent again.

const INSTALLED = Symbol.for("softmax-playground-reconnect"); // also by another version of this
const QUESTIONS = /\/_stcore\/(health|host-config)$/;
const PATIENCE = 5000; // ms that one try may take
const [LEAST, MOST] = [250, 4000]; // ms between tries
const PART = 1 / 800; // of the time that it has been away already: 250 ms until 200 s

const STATE = "data-test-connection-state"; // Streamlit's, of the page

/** From now on, for this page. */
export function findServerAtOnce() {
  if (INSTALLED in globalThis) return;
  const app = document.querySelector('[data-testid="stApp"]');
  const changed = () =>
    app?.getAttribute(STATE) === "CONNECTED" &&
    window.dispatchEvent(new CustomEvent("sp-connected"));
  if (app) new MutationObserver(changed).observe(app, { attributeFilter: [STATE] });
  const { fetch } = globalThis;
  Object.assign(globalThis, {
    [INSTALLED]: true,
    /** @type {typeof fetch} */
    fetch: (what, how) =>
      QUESTIONS.test(`${what}`) ? untilAnswered(fetch, `${what}`) : fetch(what, how),
  });
}

/**
 * What a server answers when it is back. That Streamlit has given up (its `signal`) does not end it:
 * it would count as a failure.
 *
 * @param {typeof fetch} ask
 * @param {string} url
 * @returns {Promise<Response>}
 */
async function untilAnswered(ask, url) {
  for (const began = Date.now(); ; ) {
    try {
      const answer = await ask(url, { signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status < 500) return answer;
    } catch {
      // nobody there, or no network
    }
    const pause = Math.min(MOST, Math.max(LEAST, PART * (Date.now() - began)));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
