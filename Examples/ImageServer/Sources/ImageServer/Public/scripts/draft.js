// What is being edited: photo, selection and words. Kept for the tab, so that a reload loses nothing.

import { newKey } from "./api.js";
import { Mask } from "./mask.js";

const KEY = "gesso-draft";

export class Draft {
  constructor({ photo, operations = [], prompt = "", quality = "medium", job = null, key = newKey() }) {
    this.photo = photo;
    this.mask = new Mask(photo, operations);
    this.prompt = prompt;
    this.quality = quality;
    /** The job that it was sent as. */
    this.job = job;
    this.key = key;
  }

  /** Whatever is sent next is another edit than what was sent before. */
  renewKey() {
    this.key = newKey();
  }

  save() {
    const { photo, prompt, quality, job, key } = this;
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ photo, operations: this.mask.operations, prompt, quality, job, key }));
    } catch {
      // A full or forbidden storage costs the draft only when the page is loaded again.
    }
  }

  static load() {
    try {
      const stored = JSON.parse(sessionStorage.getItem(KEY));
      return stored?.photo ? new Draft(stored) : null;
    } catch {
      return null;
    }
  }
}
