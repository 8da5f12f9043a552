// Before and after in one frame, with a divider that is an ordinary slider: it works by mouse, finger and arrow keys.

import { make } from "./page.js";

export class Compare {
  constructor(container) {
    this.container = container;
    new ResizeObserver(() => this.layOut()).observe(container);
  }

  /** Shows `after` beside `before`, or alone without one. */
  show({ before, after, width, height, prompt }) {
    this.size = { width, height };
    this.heat = null;
    this.pair = make("div", { className: before ? "pair" : "pair single" });
    this.after = make("img", { className: "after", src: after, alt: `Result: ${prompt}`, draggable: false });
    this.pair.append(this.after);
    if (before) {
      const slider = make("input", { type: "range", min: 0, max: 100, step: 0.5, value: 50 });
      slider.setAttribute("aria-label", "Divider between original and result");
      slider.addEventListener("input", () => this.split(slider));
      this.pair.append(
        make("img", { className: "before", src: before, alt: "Original", draggable: false }), slider,
        make("span", { className: "handle" }), make("span", { className: "tag left", textContent: "Before" }),
        make("span", { className: "tag right", textContent: "After" }));
      this.split(slider);
    }
    this.container.replaceChildren(this.pair);
    this.container.hidden = false;
    this.layOut();
  }

  /** An empty sheet of that shape, until there is something to see. */
  showBlank(width, height) {
    this.size = { width, height };
    this.pair = make("div", { className: "pair single blank" });
    this.container.replaceChildren(this.pair);
    this.container.hidden = false;
    this.layOut();
  }

  split(slider) {
    const value = Number(slider.value);
    this.pair.style.setProperty("--split", `${value}%`);
    slider.setAttribute("aria-valuetext", `${Math.round(value)} percent original`);
  }

  /** Shows the measured differences in place of both, or both again. */
  showHeatmap(url, alt) {
    this.heat?.remove();
    this.heat = null;
    this.pair.classList.toggle("measured", Boolean(url));
    if (!url) return;
    this.heat = make("img", { className: "heat", src: url, alt });
    this.pair.append(this.heat);
  }

  hide() {
    this.container.hidden = true;
    this.container.replaceChildren();
    this.pair = null;
  }

  layOut() {
    if (!this.pair) return;
    const { clientWidth, clientHeight } = this.container;
    const scale = Math.min(clientWidth / this.size.width, clientHeight / this.size.height, 1.5);
    this.pair.style.setProperty("--shown-width", `${Math.floor(this.size.width * scale)}px`);
    this.pair.style.setProperty("--shown-height", `${Math.floor(this.size.height * scale)}px`);
  }
}
