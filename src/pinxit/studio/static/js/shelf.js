/** The shelf: one tile a style, one tab stop for all of them; arrow keys move between tiles. */

import { $, $$, h, icon } from "./dom.js";
import { pick, t } from "./i18n.js";
import { press, refusal, shelf } from "./palette.js";
import { on, state } from "./state.js";

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ROOM = 16; // px around a tile that was scrolled to
const box = $("#shelf");

export function begin() {
  for (const topic of ["styles", "shelf", "language"]) on(topic, render);
  on("styles", () => requestAnimationFrame(reveal)); // once the mix above has its height
  let begun = false; // what is below the shelf grows until the first picture is shown
  on("shown", () => begun || ((begun = true), reveal()));
  box.addEventListener("keydown", move);
  box.addEventListener("focusin", (event) => rove(event.target.closest(".tile")));
}

function render() {
  const focused = document.activeElement?.dataset?.style;
  const pictures = shelf.filter((style) => !style.network);
  const trained = shelf.filter((style) => style.network);
  const both = pictures.length > 0 && trained.length > 0;
  box.replaceChildren(...group("shelf.pictures", pictures, both), ...group("shelf.trained", trained, both));
  rove(tileOf(focused) ?? tileOf(state.styles.at(-1)?.key) ?? $(".tile", box));
  if (focused) tileOf(focused)?.focus();
}

/** The tiles of styles that can be mixed with each other, below their name where there are others. */
const group = (words, styles, named) => [named && h("p", { class: "shelf-name" }, t(words)), ...styles.map(tile)].filter(Boolean);

const tileOf = (key) => key && $(`[data-style="${CSS.escape(key)}"]`, box);

function tile(style) {
  const chosen = state.styles.includes(style);
  const why = state.mixing ? refusal(style) : "";
  const image = h("img", { src: style.thumbnail, alt: "", loading: "lazy", decoding: "async" });
  const attributes = {
    type: "button",
    class: "tile",
    tabIndex: -1,
    "aria-pressed": String(chosen),
    "aria-disabled": why ? "true" : null,
    "data-style": style.key,
    title: (why && t(`problem.${why}`)) || pick(style.credit) || null,
    onclick: (event) => press(style, event.shiftKey),
  };
  return h("button", attributes, h("span", { class: "canvas" }, image, chosen && h("span", { class: "badge" }, icon("check"))), h("span", { class: "tile-name" }, pick(style.title)));
}

/** Make a tile the tab stop. */
function rove(next) {
  if (!next) return;
  for (const one of $$(".tile", box)) one.tabIndex = one === next ? 0 : -1;
}

/** Move to the nearest tile in the direction of the arrow, whatever the arrangement. */
function move(event) {
  const here = event.target.closest(".tile");
  const next = { Home: $(".tile", box), End: $$(".tile", box).at(-1) }[event.key] ?? (WAYS[event.key] && nearest(here, WAYS[event.key]));
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function nearest(here, [right, down]) {
  const middle = (one) => [one.offsetLeft + one.offsetWidth / 2, one.offsetTop + one.offsetHeight / 2];
  const [x, y] = middle(here);
  const ahead = $$(".tile", box).map((one) => {
    const [dx, dy] = [middle(one)[0] - x, middle(one)[1] - y];
    return { one, along: dx * right + dy * down, across: Math.abs(dx * down) + Math.abs(dy * right) };
  });
  const cost = ({ along, across }) => along + 3 * across;
  return ahead.filter(({ along }) => along > 4).sort((a, b) => cost(a) - cost(b))[0]?.one ?? null;
}

/** Scroll the last chosen tile into view; in a mix its weight. */
export function reveal() {
  const tile = tileOf(state.styles.at(-1)?.key);
  if (!tile) return;
  const row = $("#blend .weight:last-child");
  if (row) return revealWeight(row);
  for (const view of [box, box.parentElement.parentElement]) { // not scrollIntoView: Tab would go on from there
    const [inner, outer] = [tile.getBoundingClientRect(), view.getBoundingClientRect()];
    view.scrollLeft += Math.min(0, inner.left - outer.left - ROOM) + Math.max(0, inner.right - outer.right + ROOM);
    view.scrollTop += Math.min(0, inner.top - outer.top - ROOM) + Math.max(0, inner.bottom - outer.bottom + ROOM);
  }
}

function revealWeight(row) {
  const view = $("#panel-scroll");
  view.scrollTop = 0;
  view.scrollTop = row.getBoundingClientRect().bottom - view.getBoundingClientRect().bottom + ROOM; // below 0 is 0
}
