// The view in which a part of the photo is selected and described.

import { editForm, request } from "./api.js";
import { addKeys } from "./keys.js";
import { debounced, loadImage, part, say, showNotice, showView } from "./page.js";
import { Painter } from "./painter.js";
import { price } from "./words.js";

export class Editing {
  /** `lastCost` returns what the last edit cost, or null. */
  constructor(photoCanvas, lastCost) {
    this.view = photoCanvas;
    this.lastCost = lastCost;
    this.painter = new Painter(photoCanvas, {
      onChange: () => this.edited(), onView: () => this.showZoom(), say,
    });
    this.askPrice = debounced(() => this.showPrice(), 350);
    this.addControls();
  }

  /** Opens a draft: its photo, what was selected and written. */
  async open(draft) {
    this.draft = draft;
    showView("mask");
    part("prompt").value = draft.prompt;
    document.querySelector(`[name=quality][value=${draft.quality}]`).checked = true;
    this.painter.isEnabled = false;
    part("canvas").setAttribute("aria-busy", "true");
    const image = await loadImage(draft.photo.preview);
    if (this.draft !== draft || document.body.dataset.view !== "mask") return;
    this.view.show(image, draft.photo, draft.mask);
    part("canvas").removeAttribute("aria-busy");
    this.painter.isEnabled = true;
    const { width, height, format } = draft.photo;
    part("status-line").textContent = `${width} × ${height} pixels · ${format.toUpperCase()}`;
    this.showZoom();
    this.changed();
  }

  close() {
    this.painter.isEnabled = false;
    part("canvas").removeAttribute("aria-busy");
    this.painter.setCursor(null);
  }

  addControls() {
    const actions = {
      undo: () => this.step("undo"),
      redo: () => this.step("redo"),
      setTool: (tool) => this.setTool(tool),
      changeSize: (by) => this.setSize(Number(part("brush-size").value) + by),
      zoom: (factor) => this.zoom(factor),
    };
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.addEventListener("click", () => this.setTool(button.dataset.tool));
    }
    part("brush-size").addEventListener("input", (event) => this.setSize(event.target.value));
    part("undo").addEventListener("click", actions.undo);
    part("redo").addEventListener("click", actions.redo);
    part("clear").addEventListener("click", () => {
      this.draft.mask.clear();
      this.edited();
      this.view.redrawMask();
      say("Selection cleared");
    });
    part("zoom-in").addEventListener("click", () => this.zoom(1.5));
    part("zoom-out").addEventListener("click", () => this.zoom(1 / 1.5));
    part("zoom-fit").addEventListener("click", () => this.zoom(0));
    addKeys(this.painter, actions);
    part("prompt").addEventListener("input", (event) => {
      this.draft.prompt = event.target.value;
      this.draft.renewKey();
      this.draft.save();
      this.showPromptError("");
      this.askPrice();
    });
    part("prompt").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("edit-form").requestSubmit();
    });
    for (const choice of document.querySelectorAll("[name=quality]")) {
      choice.addEventListener("change", () => {
        this.draft.quality = choice.value;
        this.draft.renewKey();
        this.draft.save();
        this.askPrice();
      });
    }
    part("edit-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  setTool(tool) {
    this.painter.tool = tool;
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
    const cursor = this.view.cursor;
    if (cursor) this.painter.setCursor(cursor.point);
    if (document.activeElement === this.view.canvas) say(tool);
  }

  setSize(value) {
    const size = Math.min(Math.max(Number(value), 1), 100);
    part("brush-size").value = size;
    this.painter.size = size / 100;
    const cursor = this.view.cursor;
    if (cursor) this.painter.setCursor(cursor.point);
  }

  /** 0 fits the photo to the window. */
  zoom(factor) {
    if (!this.painter.isEnabled) return;
    if (factor) this.view.viewport.zoom(factor);
    else this.view.viewport.fit();
    this.view.render();
    this.showZoom();
  }

  showZoom() {
    part("zoom-level").textContent = `${Math.round(100 * this.view.viewport.level)} %`;
  }

  step(direction) {
    if (this.draft.mask[direction]()) {
      this.edited();
      this.view.redrawMask();
      say(direction === "undo" ? "Undone" : "Done again");
    }
  }

  edited() {
    this.draft.renewKey();
    this.changed();
  }

  changed() {
    const { mask } = this.draft;
    part("undo").disabled = mask.operations.length === 0;
    part("redo").disabled = mask.undone.length === 0;
    part("clear").disabled = mask.isEmpty;
    part("mask-hint").classList.remove("field-error");
    part("mask-hint").textContent = mask.isEmpty
      ? "Paint over it first. Only that part is edited."
      : "Only the marked part is edited; the rest stays as it is.";
    this.draft.save();
    this.askPrice();
  }

  async form() {
    const { photo, prompt, quality, mask } = this.draft;
    const fields = { photo: photo.id, prompt: prompt.trim(), quality };
    return mask.isTooDeep
      ? editForm({ ...fields, maskFile: await mask.file() })
      : editForm({ ...fields, mask: mask.expression() });
  }

  async showPrice() {
    const { mask } = this.draft;
    const show = ({ figure, note }) => {
      part("price-figure").textContent = figure;
      part("price-note").textContent = note;
    };
    this.asking?.abort();
    if (mask.isEmpty) return show({ figure: "–", note: "Select a part to see the price." });
    const asking = (this.asking = new AbortController());
    try {
      const found = await request("/edits/price", { method: "POST", body: await this.form(), signal: asking.signal });
      show(price(found.price, this.lastCost()));
      showNotice(null);
    } catch (error) {
      if (error.name !== "AbortError") show({ figure: "–", note: error.message });
    }
  }

  showPromptError(text) {
    part("prompt-error").textContent = text;
    part("prompt-error").hidden = !text;
    part("prompt").setAttribute("aria-invalid", String(Boolean(text)));
  }

  async send() {
    const { mask, prompt } = this.draft;
    if (mask.isEmpty) {
      part("mask-hint").textContent = "Nothing is selected yet. Paint over the part that should change.";
      part("mask-hint").classList.add("field-error");
      say(part("mask-hint").textContent);
      return part("canvas").focus();
    }
    if (!prompt.trim()) {
      this.showPromptError("Describe what should be there, in a few words.");
      return part("prompt").focus();
    }
    const button = part("send");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const job = await request("/edits", { method: "POST", body: await this.form(), key: this.draft.key });
      showNotice(null);
      this.draft.job = job.id;
      this.draft.renewKey();
      this.draft.save();
      location.hash = `#/edits/${job.id}`;
    } catch (error) {
      showNotice(error.message);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}
