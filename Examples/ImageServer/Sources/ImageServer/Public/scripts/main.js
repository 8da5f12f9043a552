// Starts the page: takes photos and prompts, and shows the view that the address names.

import { newKey, request, uploadPhoto } from "./api.js";
import { PhotoCanvas } from "./canvas.js";
import { Compare } from "./compare.js";
import { Draft } from "./draft.js";
import { Editing } from "./editing.js";
import { History } from "./history.js";
import { JobView } from "./job.js";
import { debounced, part, say, showNotice, showView } from "./page.js";
import { bytes, price } from "./words.js";

const photoCanvas = new PhotoCanvas(part("canvas"));
const history = new History({ list: part("cards"), empty: part("history-empty"), more: part("more") });
const editing = new Editing(photoCanvas, () => history.lastCost("edit"));
const jobs = new JobView(photoCanvas, new Compare(part("compare")), {
  edit: (photo) => edit(new Draft({ photo })),
  editAgain: ({ photo, prompt, id }) => edit(draft?.job === id ? draft : new Draft({ photo, prompt })),
  done: () => history.load(),
});
let draft = Draft.load();
let limit = 50_000_000;

function edit(next) {
  draft = next;
  draft.save();
  if (location.hash === "#/edit") route();
  else location.hash = "#/edit";
}

/** Shows what the address names: `#/`, `#/edit`, `#/edits/ID` or `#/generations/ID`. Other fragments are places. */
async function route() {
  const [, page, id] = location.hash.startsWith("#/") ? location.hash.split("/") : ["", "", ""];
  jobs.close();
  editing.close();
  showNotice(null);
  try {
    if (page === "edit" && draft) await editing.open(draft);
    else if (page === "edits" && id) await jobs.open("edit", id, draft);
    else if (page === "generations" && id) await jobs.open("generation", id, draft);
    else showView("start");
  } catch (error) {
    showView("start");
    const isGone = error.status === 404 || error.status === 410 || error.name === "EncodingError";
    showNotice(isGone ? "That image is no longer on this server. Choose the photo again." : error.message);
  }
}

async function takePhoto(file) {
  if (!file) return;
  if (file.size > limit) {
    return showNotice(`The file has ${bytes(file.size)}; this server takes up to ${bytes(limit)}. Choose a smaller one.`);
  }
  showNotice(null);
  const [box, bar, label] = [part("upload"), part("upload-bar"), part("upload-label")];
  box.hidden = false;
  label.textContent = "Uploading";
  say("Uploading the photo");
  try {
    const photo = await uploadPhoto(file, (fraction) => {
      bar.value = fraction;
      if (fraction === 1) label.textContent = "Reading the photo";
    });
    say("The photo is ready");
    edit(new Draft({ photo }));
  } catch (error) {
    showNotice(error.message);
  } finally {
    box.hidden = true;
    bar.value = 0;
    for (const id of ["photo-file", "photo-camera"]) part(id).value = "";
  }
}

function addPhotoInputs() {
  for (const id of ["photo-file", "photo-camera"]) {
    part(id).addEventListener("change", (event) => takePhoto(event.target.files[0]));
  }
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    part("drop").classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? part("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    part("drop").classList.remove("over");
    takePhoto(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
    if (file) takePhoto(file);
  });
}

function addGeneration() {
  const prompt = part("generate-prompt");
  let key = newKey();
  const form = () => {
    const data = new FormData();
    data.append("prompt", prompt.value.trim());
    return data;
  };
  const showPrice = debounced(async () => {
    const found = prompt.value.trim()
      ? await request("/generations/price", { method: "POST", body: form() }).catch(() => null)
      : null;
    const words = found && price(found.price, history.lastCost("generation"));
    part("generate-price").textContent = words ? [words.figure, words.note].filter(Boolean).join(". ") : "";
  }, 350);
  prompt.addEventListener("input", () => {
    key = newKey();
    showPrice();
  });
  part("generate-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!prompt.value.trim()) return;
    try {
      const job = await request("/generations", { method: "POST", body: form(), key });
      key = newKey();
      location.hash = `#/generations/${job.id}`;
    } catch (error) {
      showNotice(error.message);
    }
  });
}

async function readLimits() {
  const settings = await request("/settings").catch(() => null);
  if (!settings) return;
  limit = settings.maximumPhotoBytes;
  part("upload-limit").textContent = bytes(limit);
  part("mock-note").hidden = !settings.isMock;
}

addPhotoInputs();
addGeneration();
addEventListener("hashchange", () => (location.hash.startsWith("#/") || !location.hash) && route());
readLimits();
route();
history.load();
