/** Painting the region of each style on the picture, by mouse, pen, touch and keyboard. */

import { $, announce, clamp, h, icon } from "./dom.js";
import { pick, t } from "./i18n.js";
import { Mask, SIDE } from "./masks.js";
import { emit, on, state } from "./state.js";
import { tint } from "./palette.js";

const frame = $("#frame");
const stage = $("#stage");
const canvas = $("#regions-canvas");
const cursor = $("#brush-cursor");
const LINE = 2; // px, width of an outline
const tools = { size: 0.12, soft: 0.4, erase: false };
const at = { x: 0.5, y: 0.5 }; // where the keyboard's brush is, in shares of the picture
let active = null; // the key of the style whose region is painted
let stroke = null;
let pressed = false; // the keyboard's brush is down

const chosen = () => state.styles.find((style) => style.key === active) ?? null;
const ratio = () => Number(frame.dataset.width || 1) / Number(frame.dataset.height || 1);

export function begin() {
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, up);
  canvas.addEventListener("pointerleave", () => (cursor.hidden = true));
  canvas.addEventListener("keydown", key);
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && point(at.x, at.y));
  canvas.addEventListener("blur", () => (cursor.hidden = true));
  on("styles", () => (draw(), render()));
  on("painting", (is) => is || draw());
  on("language", render);
  on("content", () => {
    for (const style of state.styles) style.mask = null;
    stop();
  });
  render();
}

/** Start or end painting the region of a style; the divider is hidden meanwhile. */
function choose(key) {
  active = active === key ? null : key;
  stage.classList.toggle("masking", Boolean(active));
  const style = chosen();
  if (style) {
    style.mask ??= new Mask(ratio());
    canvas.setAttribute("aria-label", t("regions.canvas", { style: pick(style.title) }));
    announce(t("regions.begin", { style: pick(style.title) }));
  }
  emit("watch", null);
  draw();
  render();
}

/** Restore the mask of a region, a picture to upload, on the current photo; null where there was none. */
export const recall = (region) => (region ? Mask.of(region, ratio()) : null);

export function stop() {
  if (active) choose(active);
  else render();
}

function render() {
  if (active && !chosen()) {
    active = null;
    stage.classList.remove("masking");
  }
  const rows = state.styles.map((style, index) => row(style, index));
  $("#regions-list").replaceChildren(...rows);
  $("#regions-empty").hidden = rows.length > 0;
  $("#brush-tools").hidden = !active;
  if (!active) return;
  renderTools();
  $("#brush-tools").scrollIntoView({ block: "nearest" });
}

function row(style, index) {
  const on = style.key === active;
  const status = style.mask?.painted ? t("regions.painted") : t(state.styles.length > 1 ? "regions.rest" : "regions.all");
  return h(
    "button",
    {
      type: "button",
      class: "region",
      "aria-pressed": String(on),
      "data-style": style.key,
      onclick: () => choose(style.key),
    },
    h("span", { class: `swatch tint-${index}` }),
    h("span", { class: "region-name" }, pick(style.title)),
    h("span", { class: "region-status" }, status),
    icon("brush"),
  );
}

function renderTools() {
  const slider = (name, low, high) =>
    h("label", { class: "mini" }, h("span", {}, t(`brush.${name}`)), rangeOf(name, low, high));
  const erase = button("eraser", "brush.erase", () => ((tools.erase = !tools.erase), renderTools()));
  erase.setAttribute("aria-pressed", String(tools.erase));
  const clear = button("trash", "brush.clear", () => (chosen().mask.clear(), finish()));
  const done = h("button", { type: "button", class: "plain", onclick: stop }, t("brush.done"));
  $("#brush-tools").replaceChildren(
    slider("size", 0.02, 0.4),
    slider("soft", 0, 1),
    h("div", { class: "row" }, erase, clear, done),
    h("p", { class: "hint for-mouse" }, t("regions.keys")),
  );
}

function rangeOf(name, min, max) {
  const range = h("input", { type: "range", min, max, step: 0.01, value: tools[name], "data-brush": name });
  const fill = () => range.style.setProperty("--fill", `${((range.value - min) / (max - min)) * 100}%`);
  range.addEventListener("input", () => ((tools[name] = Number(range.value)), fill(), point(at.x, at.y)));
  fill();
  return range;
}

function button(name, words, onclick) {
  return h("button", { type: "button", class: "tool", title: t(words), "aria-label": t(words), onclick }, icon(name));
}

function position(event) {
  const box = canvas.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

function down(event) {
  if (!chosen() || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  start(position(event));
  event.preventDefault();
}

function move(event) {
  const here = position(event);
  Object.assign(at, here);
  point(here.x, here.y);
  if (stroke && canvas.hasPointerCapture(event.pointerId)) {
    for (const part of event.getCoalescedEvents?.() ?? [event]) to(position(part));
    to(here);
  }
}

function up() {
  if (!stroke) return;
  stroke = null;
  finish();
}

function start(from) {
  const { mask } = chosen();
  stroke = inMask(from);
  mask.line(stroke, stroke, radius(), tools.soft, tools.erase);
  draw();
}

function to(here) {
  const next = inMask(here);
  chosen().mask.line(stroke, next, radius(), tools.soft, tools.erase);
  stroke = next;
  draw();
}

const inMask = ({ x, y }) => ({ x: x * chosen().mask.canvas.width, y: y * chosen().mask.canvas.height });
const radius = () => (tools.size * SIDE) / 2;

async function finish() {
  emit("painting", true);
  await chosen()?.mask.finish();
  draw();
  render();
  emit("look");
}

/** Arrow keys move the brush, space starts and ends a stroke, Z undoes, Escape ends. */
function key(event) {
  const step = (event.shiftKey ? 1 : 0.25) * tools.size;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (event.key in moves) {
    const [x, y] = moves[event.key];
    Object.assign(at, { x: clamp(at.x + x, 0, 1), y: clamp(at.y + y * ratio(), 0, 1) });
    if (pressed) to(at);
    point(at.x, at.y);
  } else if (event.key === " ") {
    pressed = !pressed;
    if (pressed) start(at);
    else up();
  } else if (event.key.toLowerCase() === "z" && !event.ctrlKey && !event.metaKey) emit("undo");
  else if (event.key === "Escape") stop();
  else return;
  event.preventDefault();
}

/** Show the brush's outline. */
function point(x, y) {
  cursor.hidden = !active;
  const long = Math.max(frame.clientWidth, frame.clientHeight);
  cursor.style.width = `${tools.size * long}px`;
  cursor.style.left = `${x * 100}%`;
  cursor.style.top = `${y * 100}%`;
}

/** Draw the regions: a tint while the brush moves or the picture is being painted, then only their outlines over the result. */
function draw() {
  const size = new Mask(ratio()).canvas;
  Object.assign(canvas, { width: size.width, height: size.height });
  if (!active) return;
  const pen = canvas.getContext("2d");
  const waiting = Boolean(stroke) || stage.classList.contains("busy");
  for (const style of state.styles) {
    if (!style.mask) continue;
    const tinted = waiting && style.key === active;
    Object.assign(pen, { globalAlpha: tinted ? 0.45 : 1, shadowColor: "rgb(0 0 0 / 60%)", shadowBlur: tinted ? 0 : 3 });
    pen.drawImage(colored(tinted ? style.mask.canvas : outline(style.mask), tint(state.styles.indexOf(style))), 0, 0);
  }
}

/** Return a shape in a color. */
function colored(shape, color) {
  const layer = new OffscreenCanvas(canvas.width, canvas.height);
  const pen = layer.getContext("2d");
  pen.drawImage(shape, 0, 0, layer.width, layer.height);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = color;
  pen.fillRect(0, 0, layer.width, layer.height);
  return layer;
}

/** Return the line where a mask passes a half. */
function outline(mask) {
  const { width, height } = mask.canvas;
  const { data } = mask.pen.getImageData(0, 0, width, height);
  const line = new OffscreenCanvas(width, height);
  const pen = line.getContext("2d");
  const pixels = pen.createImageData(width, height);
  const inside = (x, y) => data[4 * (y * width + x) + 3] > 127;
  for (let y = 0; y < height - LINE; y++) {
    for (let x = 0; x < width - LINE; x++) {
      const here = inside(x, y);
      if (here !== inside(x + LINE, y) || here !== inside(x, y + LINE)) pixels.data[4 * (y * width + x) + 3] = 255;
    }
  }
  pen.putImageData(pixels, 0, 0);
  return line;
}
