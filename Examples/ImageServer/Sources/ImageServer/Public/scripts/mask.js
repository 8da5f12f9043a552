// The selection: operations in pixels of the upright photo, and the expression of them that the server reads.

/** Operations that may alternate between adding and erasing before the mask is sent as an image. */
const DEEPEST = 40;

export class Mask {
  /** @param {{width: number, height: number}} size of the photo */
  constructor({ width, height }, operations = []) {
    this.width = width;
    this.height = height;
    this.operations = operations;
    this.undone = [];
  }

  add(operation) {
    this.operations.push(operation);
    this.undone = [];
  }

  undo() {
    const operation = this.operations.pop();
    if (operation) this.undone.push(operation);
    return operation !== undefined;
  }

  redo() {
    const operation = this.undone.pop();
    if (operation) this.operations.push(operation);
    return operation !== undefined;
  }

  /** Clearing is an operation too, so that it can be undone. */
  clear() {
    if (!this.isEmpty) this.add({ tool: "clear" });
  }

  /** The operations since the selection was last cleared. */
  get visible() {
    return this.operations.slice(this.operations.findLastIndex((each) => each.tool === "clear") + 1);
  }

  get isEmpty() {
    return !this.visible.some((each) => each.tool !== "eraser");
  }

  /** Operations that follow each other and do the same, together. */
  get groups() {
    const groups = [];
    for (const operation of this.visible) {
      const erases = operation.tool === "eraser";
      const last = groups.at(-1);
      if (last?.erases === erases) last.operations.push(operation);
      else if (!erases || last) groups.push({ erases, operations: [operation] });
    }
    return groups;
  }

  /** Whether the expression would be deeper than the server reads. */
  get isTooDeep() {
    return this.groups.length > DEEPEST;
  }

  /** The mask as JSON, or null if nothing is selected. */
  expression() {
    let whole = null;
    for (const { erases, operations } of this.groups) {
      const parts = operations.filter((each) => each.tool === "rectangle").map(({ rectangle }) => ({ rectangle }));
      const strokes = operations.filter((each) => each.points).map(({ radius, points }) => ({ radius, points }));
      if (strokes.length) parts.push({ strokes });
      if (erases) whole = { subtraction: { from: whole, remove: parts[0] } };
      else if (whole) whole = { union: [whole, ...parts] };
      else whole = parts.length === 1 ? parts[0] : { union: parts };
    }
    return whole;
  }

  /** Draws the selection in `style` onto a canvas whose units are pixels of the photo. */
  draw(context, style) {
    for (const operation of this.visible) drawOperation(context, operation, style);
  }

  /** The selection as a PNG file in which transparent means edit, as large as the photo. */
  async file() {
    const canvas = new OffscreenCanvas(this.width, this.height);
    const context = canvas.getContext("2d");
    this.draw(context, "#000");
    context.globalCompositeOperation = "source-out";
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.width, this.height);
    return canvas.convertToBlob({ type: "image/png" });
  }
}

export function drawOperation(context, { tool, points, radius, rectangle }, style) {
  context.save();
  if (tool === "eraser") context.globalCompositeOperation = "destination-out";
  context.fillStyle = context.strokeStyle = style;
  if (rectangle) {
    context.fillRect(rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  } else if (points?.length === 1) {
    context.beginPath();
    context.arc(points[0][0], points[0][1], radius, 0, 2 * Math.PI);
    context.fill();
  } else if (points?.length) {
    context.lineWidth = 2 * radius;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(points[0][0], points[0][1]);
    for (const [x, y] of points.slice(1)) context.lineTo(x, y);
    context.stroke();
  }
  context.restore();
}

/** The whole pixels between two corners, inside the photo; null if there are none. */
export function rectangleBetween([x0, y0], [x1, y1], { width, height }) {
  const clamp = (value, most) => Math.min(Math.max(Math.round(value), 0), most);
  const [left, right] = [clamp(Math.min(x0, x1), width), clamp(Math.max(x0, x1), width)];
  const [top, bottom] = [clamp(Math.min(y0, y1), height), clamp(Math.max(y0, y1), height)];
  if (right - left < 2 || bottom - top < 2) return null;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
