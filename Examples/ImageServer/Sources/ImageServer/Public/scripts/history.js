// The list of this browser's jobs, newest first.

import { request } from "./api.js";
import { make } from "./page.js";
import { state, when } from "./words.js";

export class History {
  constructor({ list, empty, more }) {
    Object.assign(this, { list, empty, more });
    more.addEventListener("click", () => this.load(this.next));
  }

  /** Reads the newest ones anew, or those older than `before`. */
  async load(before = null) {
    const page = await request(before ? `/edits?before=${encodeURIComponent(before)}` : "/edits").catch(() => null);
    if (!page) return;
    const cards = page.jobs.map((job) => this.card(job));
    if (before) this.list.append(...cards);
    else this.list.replaceChildren(...cards);
    this.next = page.next;
    if (!before) this.jobs = page.jobs;
    this.more.hidden = !page.next;
    this.empty.hidden = this.list.childElementCount > 0;
  }

  /** What the last job of that kind cost in US dollars, or null. */
  lastCost(kind) {
    return this.jobs?.find((job) => job.kind === kind && job.result?.cost)?.result.cost ?? null;
  }

  card(job) {
    const link = make("a", { className: "card", href: `#/${job.kind}s/${job.id}` });
    const frame = make("div", { className: "frame" });
    const thumbnail = job.result?.thumbnail ?? job.photo?.thumbnail;
    if (thumbnail) frame.append(make("img", { src: thumbnail, alt: "", loading: "lazy", decoding: "async" }));
    else frame.append(make("span", { textContent: "No image yet" }));
    const words = state(job.state);
    if (words) frame.append(make("span", { className: "state", textContent: words }));
    const time = make("time", { dateTime: job.created, textContent: when(job.created) });
    link.append(frame, make("span", { className: "caption", textContent: job.prompt }), time);
    const item = make("li");
    item.append(link);
    return item;
  }
}
