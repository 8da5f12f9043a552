// Follows a job by server-sent events, over lost connections and restarts of the server.

const NAMES = ["queued", "preparing", "uploading", "waiting", "partialImage", "finishing", "finished", "failed", "unknown"];
/** Events after which none comes; the states of jobs that are over have the same names. */
export const LAST = new Set(["finished", "failed", "unknown"]);

/**
 * Calls `onEvent(name, data)` for each event and `onConnection(isConnected)`; returns a function that stops.
 *
 * A browser connects again by itself and says which event it saw last, but gives up when the server refuses once, as it
 * does while it restarts: then this begins anew after the last event.
 */
export function follow(path, { onEvent, onConnection }) {
  let source = null;
  let last = "";
  let timer = 0;
  let attempts = 0;
  let isOver = false;

  function open() {
    source = new EventSource(last ? `${path}?after=${encodeURIComponent(last)}` : path);
    source.onopen = () => {
      attempts = 0;
      onConnection(true);
    };
    source.onerror = () => {
      if (isOver) return;
      onConnection(false);
      if (source.readyState !== EventSource.CLOSED) return;
      attempts += 1;
      timer = setTimeout(open, Math.min(500 * 2 ** attempts, 10_000));
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        if (LAST.has(name)) stop();
        onEvent(name, JSON.parse(event.data));
      });
    }
  }

  function stop() {
    isOver = true;
    clearTimeout(timer);
    source.close();
  }

  open();
  return stop;
}
