// Draws the photo, the selection over it, the cursor, and what has arrived of the result.

import { drawOperation } from "./mask.js";
import { Viewport } from "./viewport.js";

const TINT = ["#ff4fae", "#d4147f"];
/** The longest side of the layer that the selection is drawn on. */
const LAYER = 2048;

export class PhotoCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.layer = document.createElement("canvas");
    this.cursor = null;
    this.pending = null;
    this.partial = null;
    this.isWorking = false;
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Shows a photo, of which `image` is a smaller copy, and the selection in it. */
  show(image, size, mask) {
    this.image = image;
    this.mask = mask;
    this.viewport = new Viewport(size);
    this.partial = null;
    this.isWorking = false;
    const scale = Math.min(1, LAYER / Math.max(size.width, size.height));
    this.layer.width = Math.max(1, Math.round(size.width * scale));
    this.layer.height = Math.max(1, Math.round(size.height * scale));
    this.layerScale = scale;
    this.resize();
    this.hatch = this.makeHatch();
    this.redrawMask();
  }

  /** Stripes of two tones: the selection is told from the photo not by its color alone. */
  makeHatch() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 12;
    const context = tile.getContext("2d");
    context.fillStyle = TINT[0];
    context.fillRect(0, 0, 12, 12);
    context.strokeStyle = TINT[1];
    context.lineWidth = 3;
    for (const offset of [-12, 0, 12]) {
      context.beginPath();
      context.moveTo(offset, 12);
      context.lineTo(offset + 12, 0);
      context.stroke();
    }
    const pattern = this.layer.getContext("2d").createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / this.viewport.fittingScale));
    return pattern;
  }

  redrawMask() {
    const context = this.layer.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.layer.width, this.layer.height);
    context.setTransform(this.layerScale, 0, 0, this.layerScale, 0, 0);
    this.mask.draw(context, this.hatch);
    if (this.pending) drawOperation(context, this.pending, this.hatch);
    this.render();
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    if (!clientWidth || !clientHeight || !this.viewport) return;
    this.density = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(clientWidth * this.density);
    this.canvas.height = Math.round(clientHeight * this.density);
    this.viewport.setFrame(clientWidth, clientHeight);
    this.render();
  }

  render() {
    this.frame ??= requestAnimationFrame((time) => {
      this.frame = null;
      if (this.viewport) this.paint(time);
      if (this.isWorking && !this.stillness.matches) this.render();
    });
  }

  paint(time) {
    const { context, viewport, density } = this;
    const { width, height } = viewport.size;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, viewport.frame.width, viewport.frame.height);
    context.translate(viewport.x, viewport.y);
    context.scale(viewport.scale, viewport.scale);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image, 0, 0, width, height);
    if (this.partial) context.drawImage(this.partial, 0, 0, width, height);
    const breath = this.isWorking && !this.stillness.matches ? 0.1 * Math.sin(time / 450) : 0;
    context.globalAlpha = this.partial ? 0.1 + breath : 0.56 + breath;
    context.drawImage(this.layer, 0, 0, width, height);
    context.globalAlpha = 1;
    if (this.cursor) this.paintCursor(context);
  }

  /** Shows what has arrived of the result, inside the selection; put together once, for it is painted in each frame. */
  showPartial(image, window) {
    const piece = document.createElement("canvas");
    piece.width = this.layer.width;
    piece.height = this.layer.height;
    const onto = piece.getContext("2d");
    if (!this.mask.isEmpty) {
      onto.drawImage(this.layer, 0, 0);
      onto.globalCompositeOperation = "source-in";
    }
    onto.scale(this.layerScale, this.layerScale);
    onto.drawImage(image, window.x, window.y, window.width, window.height);
    this.partial = piece;
    this.render();
  }

  paintCursor(context) {
    const { point: [x, y], radius, isDown } = this.cursor;
    const unit = 1 / this.viewport.scale;
    for (const [color, width] of [["rgb(0 0 0 / 65%)", 3.5], ["#fff", 1.5]]) {
      context.strokeStyle = color;
      context.lineWidth = width * unit;
      context.beginPath();
      if (radius) {
        context.arc(x, y, radius, 0, 2 * Math.PI);
      } else {
        const arm = 9 * unit;
        context.moveTo(x - arm, y);
        context.lineTo(x + arm, y);
        context.moveTo(x, y - arm);
        context.lineTo(x, y + arm);
      }
      context.stroke();
    }
    if (!isDown) return;
    context.fillStyle = "#fff";
    context.beginPath();
    context.arc(x, y, 3 * unit, 0, 2 * Math.PI);
    context.fill();
  }
}
