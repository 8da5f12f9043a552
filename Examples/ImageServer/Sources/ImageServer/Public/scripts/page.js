// The page's parts by name, new ones, its views, and words for screen readers.

export const part = (id) => document.getElementById(id);
export const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);

const SHOWN = {
  start: ["start"],
  mask: ["work", "edit-form"],
  progress: ["work", "progress"],
  result: ["work", "result"],
  failure: ["work", "failure"],
};
const ALL = new Set(Object.values(SHOWN).flat());

/** Shows one view; moves the focus to its heading when `takesFocus`, so that a keyboard goes on from there. */
export function showView(name, takesFocus = false) {
  document.body.dataset.view = name;
  for (const id of ALL) part(id).hidden = !SHOWN[name].includes(id);
  if (takesFocus) part(`${name}-title`)?.focus({ preventScroll: true });
  if (name !== "mask") scrollTo({ top: 0 });
}

let clearing = 0;

/** Says something to a screen reader. */
export function say(text) {
  part("announcer").textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => (part("announcer").textContent = ""), 4_000);
}

/** Shows what went wrong above everything; null takes it away. */
export function showNotice(text) {
  const notice = part("notice");
  notice.textContent = text ?? "";
  notice.hidden = !text;
  if (text) notice.scrollIntoView({ block: "nearest" });
}

/** Loads an image before it is shown. */
export async function loadImage(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** Calls `action` once no call has come for `delay` milliseconds. */
export function debounced(action, delay) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
}
