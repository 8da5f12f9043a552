// Where the photo lies in its frame: scale and offset, in CSS pixels.

const LARGEST = 8;

export class Viewport {
  constructor(size) {
    this.size = size;
    this.frame = { width: 1, height: 1 };
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.isFitted = true;
  }

  /** The scale at which the whole photo is seen with a margin. */
  get fittingScale() {
    const margin = this.frame.width < 600 ? 12 : 28;
    const { width, height } = this.frame;
    return Math.max(
      Math.min((width - 2 * margin) / this.size.width, (height - 2 * margin) / this.size.height, 1.5), 0.001);
  }

  /** Scale relative to the whole photo being seen. */
  get level() {
    return this.scale / this.fittingScale;
  }

  setFrame(width, height) {
    this.frame = { width, height };
    if (this.isFitted) this.fit();
    else this.keepInSight();
  }

  fit() {
    this.scale = this.fittingScale;
    this.x = (this.frame.width - this.size.width * this.scale) / 2;
    this.y = (this.frame.height - this.size.height * this.scale) / 2;
    this.isFitted = true;
  }

  /** Scales by `factor` and keeps what is under the point of the frame there. */
  zoom(factor, [x, y] = [this.frame.width / 2, this.frame.height / 2]) {
    const fitting = this.fittingScale;
    const scale = Math.min(Math.max(this.scale * factor, fitting), fitting * LARGEST);
    if (scale <= fitting * 1.001) return this.fit();
    const ratio = scale / this.scale;
    this.x = x - (x - this.x) * ratio;
    this.y = y - (y - this.y) * ratio;
    this.scale = scale;
    this.isFitted = false;
    this.keepInSight();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.keepInSight();
  }

  /** Moves so that a point of the photo is seen. */
  reveal([px, py]) {
    const [x, y] = this.toFrame([px, py]);
    const margin = 48;
    const move = (value, length) => (value < margin ? margin - value : value > length - margin ? length - margin - value : 0);
    if (!this.isFitted) this.pan(move(x, this.frame.width), move(y, this.frame.height));
  }

  keepInSight() {
    const bound = (offset, length, frame) =>
      length <= frame ? (frame - length) / 2 : Math.min(Math.max(offset, frame - length - 40), 40);
    this.x = bound(this.x, this.size.width * this.scale, this.frame.width);
    this.y = bound(this.y, this.size.height * this.scale, this.frame.height);
  }

  toPhoto([x, y]) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  toFrame([x, y]) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }
}
