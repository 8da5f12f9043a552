// Requests to the server, and failures as sentences that a person can act on.

/** What went wrong, and what to do; `status` is 0 if no response came. */
export class ServerError extends Error {
  constructor(message, status = 0, code = "") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const UNREACHABLE =
  "The server cannot be reached. Check the connection and try again; nothing that you drew or wrote is lost.";

const BY_STATUS = {
  413: "The file is too large for this server. Choose a smaller one.",
  415: "This file is not an image that can be read. Choose a JPEG, PNG, WebP, AVIF or HEIC file.",
  429: "Too many requests at a time. Wait a moment and try again.",
  503: "The server is busy. Wait a moment and try again.",
};

function failure(status, body) {
  const error = body?.error;
  const message = error?.message || BY_STATUS[status] || `The server failed (status ${status}). Try again in a moment.`;
  return new ServerError(message, status, error?.code || "");
}

/** A random key for `request`. */
export const newKey = () => crypto.getRandomValues(new BigUint64Array(2)).join("-");

/** Sends a request and returns its JSON; throws `ServerError`. */
export async function request(path, { method = "GET", body, signal, key } = {}) {
  const headers = { accept: "application/json" };
  // The same key is the same purchase, should the response get lost and the request be sent again.
  if (key) headers["idempotency-key"] = key;
  let response;
  try {
    response = await fetch(path, { method, body, signal, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError(UNREACHABLE);
  }
  if (response.status === 204) return null;
  const value = await response.json().catch(() => null);
  if (!response.ok) throw failure(response.status, value);
  return value;
}

/** Uploads a photo; `onProgress` gets a fraction of 1. (`fetch` does not tell how much was sent.) */
export function uploadPhoto(file, onProgress) {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.open("POST", "/photos");
    upload.responseType = "json";
    upload.setRequestHeader("accept", "application/json");
    upload.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    upload.onload = () =>
      upload.status < 300 && upload.response
        ? resolve(upload.response)
        : reject(failure(upload.status, upload.response));
    // A server that refuses a file closes the connection before all of it was sent.
    upload.onerror = () => reject(new ServerError(UNREACHABLE));
    const form = new FormData();
    form.append("photo", file, file.name || "photo");
    upload.send(form);
  });
}

/** The fields of an edit as a form. */
export function editForm({ photo, prompt, quality, mask, maskFile }) {
  const form = new FormData();
  form.append("photo", photo);
  if (prompt !== undefined) form.append("prompt", prompt);
  form.append("quality", quality);
  if (maskFile) form.append("mask", maskFile, "mask.png");
  else if (mask) form.append("mask", JSON.stringify(mask));
  return form;
}
