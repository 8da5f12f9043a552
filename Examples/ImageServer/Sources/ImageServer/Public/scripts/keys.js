// The canvas by keyboard alone: a cursor, strokes and rectangles, tools and zoom.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** `actions` has undo, redo, setTool, changeSize and zoom. */
export function addKeys(painter, actions) {
  const { canvas } = painter.view;
  let cursor = null;

  const center = () => {
    const { width, height } = painter.view.viewport.size;
    return [width / 2, height / 2];
  };

  function moveCursor([dx, dy], isFine) {
    const { viewport } = painter.view;
    const step = (isFine ? 2 : 16) / viewport.scale;
    const { width, height } = viewport.size;
    const from = cursor ?? center();
    cursor = [Math.min(Math.max(from[0] + dx * step, 0), width), Math.min(Math.max(from[1] + dy * step, 0), height)];
    viewport.reveal(cursor);
    painter.extend(cursor);
    painter.setCursor(cursor, painter.start !== null);
    painter.say(`${Math.round((100 * cursor[0]) / width)} percent from the left, ${Math.round((100 * cursor[1]) / height)} from the top`);
  }

  function toggle() {
    cursor ??= center();
    const name = painter.tool === "rectangle" ? "Rectangle" : painter.tool === "eraser" ? "Erasing" : "Stroke";
    if (painter.start) {
      painter.finish();
      painter.say(`${name} ended`);
    } else {
      painter.begin(cursor);
      painter.say(`${name} begun; move with the arrow keys and press Space to end`);
    }
    painter.setCursor(cursor, painter.start !== null);
  }

  const keys = {
    " ": toggle, Enter: toggle,
    b: () => actions.setTool("brush"), r: () => actions.setTool("rectangle"), e: () => actions.setTool("eraser"),
    "[": () => actions.changeSize(-5), "]": () => actions.changeSize(5),
    "+": () => actions.zoom(1.4), "=": () => actions.zoom(1.4), "-": () => actions.zoom(1 / 1.4), 0: () => actions.zoom(0),
    Escape: () => painter.abandon(),
  };

  canvas.addEventListener("keydown", (event) => {
    if (!painter.isEnabled || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = DIRECTIONS[event.key];
    const action = direction ? () => moveCursor(direction, event.shiftKey) : keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  canvas.addEventListener("focus", () => {
    if (painter.isEnabled && canvas.matches(":focus-visible")) painter.setCursor((cursor = center()));
  });
  canvas.addEventListener("blur", () => {
    cursor = null;
    if (painter.start) painter.finish();
    painter.setCursor(null);
  });

  document.addEventListener("keydown", (event) => {
    if (!painter.isEnabled || !(event.ctrlKey || event.metaKey) || event.target.matches("textarea, input[type=text]")) return;
    const key = event.key.toLowerCase();
    const action = key === "z" ? (event.shiftKey ? actions.redo : actions.undo) : key === "y" ? actions.redo : null;
    if (!action) return;
    event.preventDefault();
    action();
  });
}
