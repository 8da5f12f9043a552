// Turns mouse, pen, fingers and keys on the canvas into operations of the selection.

import { rectangleBetween } from "./mask.js";

export class Painter {
  /** `onChange` is called when the selection has changed, `say` with words for a screen reader. */
  constructor(photoCanvas, { onChange, onView, say }) {
    Object.assign(this, { view: photoCanvas, onChange, onView, say });
    this.tool = "brush";
    this.size = 0.34;
    this.isEnabled = false;
    this.pointers = new Map();
    this.start = null;
    const { canvas } = photoCanvas;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("pointerleave", () => this.start ?? this.setCursor(null));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** The brush's radius in pixels of the photo: the slider is quadratic, up to an eighth of the longer side. */
  get radius() {
    const { width, height } = this.view.viewport.size;
    return Math.max(1, Math.max(width, height) * 0.125 * this.size ** 2);
  }

  position(event) {
    const box = this.view.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  setCursor(point, isDown = false) {
    this.view.cursor = point && { point, isDown, radius: this.tool === "rectangle" ? 0 : this.radius };
    this.view.render();
  }

  down(event) {
    if (!this.isEnabled || (event.pointerType === "mouse" && event.button > 1)) return;
    const at = this.position(event);
    this.pointers.set(event.pointerId, at);
    this.view.canvas.setPointerCapture(event.pointerId);
    if (this.pointers.size > 1) return this.abandon();
    if (event.button === 1) return;
    this.begin(this.view.viewport.toPhoto(at));
  }

  move(event) {
    if (!this.isEnabled) return;
    const at = this.position(event);
    const before = this.pointers.get(event.pointerId);
    if (before) this.pointers.set(event.pointerId, at);
    if (this.pointers.size > 1 && before) return this.pinch(event.pointerId, before, at);
    if (before && event.buttons === 4) return this.changeView(() => this.view.viewport.pan(at[0] - before[0], at[1] - before[1]));
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.extend(this.view.viewport.toPhoto(this.position(each)));
    this.setCursor(event.pointerType === "touch" ? null : this.view.viewport.toPhoto(at), this.start !== null);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (event.type === "pointercancel") this.abandon();
    else this.finish();
  }

  /** Two fingers move and scale the photo. */
  pinch(id, before, at) {
    const other = [...this.pointers].find(([each]) => each !== id)?.[1];
    if (!other) return;
    const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
    const middle = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.changeView(() => {
      this.view.viewport.zoom(distance(at, other) / distance(before, other), middle);
      this.view.viewport.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    });
  }

  wheel(event) {
    if (!this.isEnabled) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.changeView(() => this.view.viewport.zoom(Math.exp(-event.deltaY * 0.01), this.position(event)));
    } else if (!this.view.viewport.isFitted) {
      event.preventDefault();
      this.changeView(() => this.view.viewport.pan(-event.deltaX, -event.deltaY));
    }
  }

  changeView(change) {
    change();
    this.view.render();
    this.onView();
  }

  begin(point) {
    this.start = point;
    this.view.pending =
      this.tool === "rectangle" ? null : { tool: this.tool, radius: round(this.radius), points: [point.map(round)] };
    this.view.redrawMask();
  }

  extend(point) {
    if (!this.start) return;
    const { viewport } = this.view;
    if (this.tool === "rectangle") {
      const rectangle = rectangleBetween(this.start, point, viewport.size);
      this.view.pending = rectangle && { tool: "rectangle", rectangle };
    } else {
      const { points, radius } = this.view.pending;
      const [x, y] = points.at(-1);
      // Closer points change nothing that can be seen.
      if (Math.hypot(point[0] - x, point[1] - y) < Math.max(radius / 8, 1 / viewport.scale)) return;
      points.push(point.map(round));
    }
    this.view.redrawMask();
  }

  finish() {
    if (!this.start) return;
    const operation = this.view.pending;
    this.start = this.view.pending = null;
    if (operation) {
      this.view.mask.add(operation);
      this.onChange();
    }
    this.view.redrawMask();
  }

  abandon() {
    this.start = this.view.pending = null;
    this.view.redrawMask();
  }
}

const round = (value) => Math.round(value * 10) / 10;
