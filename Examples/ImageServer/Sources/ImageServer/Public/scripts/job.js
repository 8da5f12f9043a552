// The view of a job: its progress, and then its result or why there is none.

import { request } from "./api.js";
import { follow, LAST } from "./events.js";
import { Mask } from "./mask.js";
import { loadImage, make, part, say, showNotice, showView } from "./page.js";
import { bytes, dollars, proof } from "./words.js";

const STEPS = ["queued", "preparing", "uploading", "waiting", "finishing"];
const MAY_CLOSE = "You can close this page; the work goes on, and the history has it.";

export class JobView {
  /** `actions` has edit(photo), editAgain(job) and done(). */
  constructor(photoCanvas, compare, actions) {
    Object.assign(this, { view: photoCanvas, compare, actions, stop: () => {} });
    part("cancel").addEventListener("click", () => this.remove("Cancelled; it may have been billed."));
    part("delete").addEventListener("click", () => this.remove("Deleted"));
    part("discard").addEventListener("click", () => this.remove("Deleted"));
    part("retry").addEventListener("click", () => this.resend());
    part("back").addEventListener("click", () => this.actions.editAgain(this.job));
    part("again").addEventListener("click", () => this.actions.editAgain(this.job));
    part("continue").addEventListener("click", () => this.actions.edit(this.job.result.photo));
    part("heatmap").addEventListener("click", () => this.toggleHeatmap());
  }

  async open(kind, id, draft) {
    this.close();
    this.path = `/${kind}s/${id}`;
    const path = this.path;
    const job = await request(path);
    if (path !== this.path) return;
    this.job = job;
    if (LAST.has(job.state)) return this.showEnd(job);
    await this.showProgress(job, draft?.job === id ? draft.mask : null);
    if (path !== this.path) return;
    this.stop = follow(`${path}/events`, {
      onEvent: (name, data) => this.take(name, data).catch((error) => showNotice(error.message)),
      onConnection: (isConnected) => this.showConnection(isConnected),
    });
  }

  close() {
    this.stop();
    this.path = null;
    this.view.isWorking = false;
    this.compare.hide();
    part("canvas").hidden = false;
  }

  async showProgress(job, mask) {
    showView("progress", true);
    this.compare.hide();
    part("progress-prompt").textContent = job.prompt;
    part("progress-note").textContent = MAY_CLOSE;
    part("status-line").textContent = "";
    part("canvas").hidden = !job.photo;
    const [preparing, finishing] =
      job.kind === "edit" ? ["Preparing your photo", "Putting it back into place"] : ["Preparing", "Finishing"];
    part("progress-steps").querySelector("[data-step=preparing] span").textContent = preparing;
    part("progress-steps").querySelector("[data-step=finishing] span").textContent = finishing;
    this.showStep("queued");
    if (!job.photo) return this.compare.showBlank(1536, 1024);
    const path = this.path;
    const image = await loadImage(job.photo.preview);
    if (path !== this.path) return;
    this.view.show(image, job.photo, mask ?? new Mask(job.photo));
    this.view.isWorking = true;
    this.view.render();
  }

  showStep(name) {
    const now = STEPS.indexOf(name);
    for (const item of part("progress-steps").children) {
      const index = STEPS.indexOf(item.dataset.step);
      item.dataset.state = index < now ? "done" : "";
      if (index === now) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    part("send-bar").hidden = name !== "uploading";
    const text = part("progress-steps").querySelector(`[data-step=${name}] span`).textContent;
    if (this.said !== name) say(text);
    this.said = name;
  }

  showConnection(isConnected) {
    part("progress-note").textContent = isConnected
      ? MAY_CLOSE
      : "The connection to the server is lost. Trying again; the work goes on where it can.";
  }

  async take(name, data) {
    if (STEPS.includes(name)) {
      this.showStep(name);
      if (name === "uploading" && data.total) part("send-bar").value = data.sent / data.total;
    } else if (name === "partialImage") {
      this.showStep("waiting");
      await this.showPartial(data);
    } else {
      const path = this.path;
      const job = await request(path);
      if (path !== this.path) return;
      this.job = job;
      await this.showEnd(job, true);
    }
  }

  async showPartial({ image, window, width, height }) {
    const path = this.path;
    const loaded = await loadImage(image);
    if (path !== this.path || document.body.dataset.view !== "progress") return;
    part("progress-note").textContent = "A first look at the result; it is still being worked on.";
    if (this.job.photo && window) {
      this.view.showPartial(loaded, window);
    } else {
      this.compare.show({ after: image, width, height, prompt: this.job.prompt });
    }
  }

  async showEnd(job, takesFocus = false) {
    this.view.isWorking = false;
    if (job.state === "finished") this.showResult(job, takesFocus);
    else await this.showFailure(job, takesFocus);
    this.actions.done();
  }

  showResult({ prompt, photo, result, kind }, takesFocus) {
    showView("result", takesFocus);
    part("canvas").hidden = true;
    part("result-prompt").textContent = prompt;
    this.compare.show({
      before: photo?.preview, after: result.photo.preview, width: result.photo.width, height: result.photo.height, prompt,
    });
    part("status-line").textContent = `${result.photo.width} × ${result.photo.height} pixels`;
    part("proof").hidden = !result.audit;
    part("heatmap").setAttribute("aria-pressed", "false");
    part("heatmap-legend").hidden = true;
    if (result.audit) {
      part("proof-sentence").textContent = proof(result.audit);
      part("proof").classList.toggle("changed", result.audit.changedPixels > 0);
    }
    part("downloads").replaceChildren(...result.downloads.map(downloadItem));
    part("again").hidden = kind !== "edit";
    part("continue").textContent = kind === "edit" ? "Edit the result further" : "Edit this image";
    part("result-cost").textContent =
      result.cost === undefined || result.cost === null ? "" : `It cost ${dollars(result.cost)}.`;
    say("Done");
  }

  async showFailure({ state, failure, photo, kind }, takesFocus) {
    const isOpen = state === "unknown";
    part("failure-title").textContent = isOpen ? "It was interrupted" : "That did not work";
    showView("failure", takesFocus);
    this.compare.hide();
    part("canvas").hidden = !photo;
    part("failure-message").textContent = failure.message;
    part("failure-billing").textContent = failure.mayHaveBeenBilled
      ? "It may have been billed. Sending it again may cost a second time."
      : "Nothing was billed.";
    part("retry").textContent = failure.mayHaveBeenBilled ? "Send it again, even if it costs twice" : "Send it again";
    part("back").hidden = kind !== "edit" || !photo;
    if (!photo) return;
    const path = this.path;
    const image = await loadImage(photo.preview);
    if (path === this.path) this.view.show(image, photo, new Mask(photo));
  }

  toggleHeatmap() {
    const isShown = part("heatmap").getAttribute("aria-pressed") !== "true";
    part("heatmap").setAttribute("aria-pressed", String(isShown));
    part("heatmap-legend").hidden = !isShown;
    const { heatmap, audit } = this.job.result;
    this.compare.showHeatmap(isShown ? heatmap : null, `Measured differences outside the selection. ${proof(audit)}`);
  }

  async remove(words) {
    try {
      await request(this.path, { method: "DELETE" });
      say(words);
      location.hash = "#/";
      this.actions.done();
    } catch (error) {
      showNotice(error.message);
    }
  }

  async resend() {
    const { kind, id } = this.job;
    try {
      await request(`${this.path}/resend`, { method: "POST" });
      await this.open(kind, id, null);
    } catch (error) {
      showNotice(error.message);
    }
  }
}

function downloadItem({ url, name, format, note, byteCount }) {
  const link = make("a", { href: url, download: name });
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("aria-hidden", "true");
  icon.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  icon.firstChild.setAttribute("href", "#i-arrow");
  const size = byteCount ? bytes(byteCount) : "";
  link.append(
    icon, make("span", { className: "kind", textContent: format }),
    make("span", { className: "note", textContent: [note, size].filter(Boolean).join(", ") }));
  const item = make("li");
  item.append(link);
  return item;
}
