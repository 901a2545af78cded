/** The styles: the gallery to pick from, paintings that were dropped, and the mix of those that are chosen. */

import { getJson } from "./api.js";
import { $, $$, h, icon, unique } from "./dom.js";
import { percent, pick, t } from "./i18n.js";
import { isCode } from "./sources.js";
import { emit, on, state } from "./state.js";

const TINTS = ["#e4572e", "#2e86e4", "#3aa655", "#a04ee0"];
const OWN = [
  ["swirls", "Swirls", "旋涡"],
  ["bands", "Bands", "长空"],
  ["woodblock", "Woodblock", "木版画"],
  ["inkwash", "Ink hills", "水墨山色"],
  ["pastel", "Bouquet", "花束"],
  ["mosaic", "Glass", "彩窗"],
  ["dots", "Dots", "点彩"],
  ["watercolor", "Watercolor", "水彩"],
  ["facets", "Facets", "色环"],
  ["goldleaf", "Gold leaf", "金箔"],
  ["etching", "Etching", "铜版画"],
];

export const tint = (place) => TINTS[place % TINTS.length];

export const shelf = OWN.map(([name, en, zh]) => ({
  key: `own:${name}`,
  title: { en, zh },
  thumbnail: `pictures/${name}-small.webp`,
  file: `pictures/${name}.webp`,
}));

export async function begin() {
  on("styles", render);
  on("language", render);
  $("#mix").addEventListener("click", () => {
    state.mixing = !state.mixing;
    if (!state.mixing && state.styles.length > 1) state.styles.length = 1;
    emit("styles");
  });
  await reload();
}

/** Fetch the names that the service knows: those of its folder, and what was taught. */
export async function reload() {
  const told = await getJson("/v1/styles").catch(() => ({ styles: [] }));
  const known = new Map(shelf.map((style) => [style.key, style]));
  const found = told.styles.map(({ name, ...more }) => {
    const key = `named:${name}`;
    return Object.assign(known.get(key) ?? { key, named: name }, more);
  });
  const rest = shelf.filter((style) => !style.named);
  shelf.splice(0, shelf.length, ...found, ...rest);
  if (state.styles.some((style) => !shelf.includes(style))) choose([first()]); // one was deleted
  render();
  emit("shelf");
}

/** Whether there is no painting of a style, however small, but a style code alone. */
export const isBare = (style) => style.kind === "code" || Boolean(style.blob && isCode(style.blob));

/** Whether one network, or none, has these styles: only then can they be mixed. */
const together = (styles) => new Set(styles.map((style) => style.network ?? "")).size === 1;

/** Put dropped paintings in front and choose the first (in the mix: all). */
export function add(files) {
  const room = state.mixing ? state.most : 1;
  const dropped = files.map((file) => ({
    key: `dropped:${unique()}`,
    title: (file.name ?? t("picture")).replace(/\.[^.]*$/, ""),
    thumbnail: isCode(file) ? "code.svg" : URL.createObjectURL(file),
    blob: file,
  }));
  shelf.unshift(...dropped);
  if (state.mixing) for (const style of dropped) toggle(style);
  else choose(dropped.slice(0, room));
}

export const first = () => shelf.find((style) => style.key === "own:swirls") ?? shelf[0];

/** Find a style of kept settings on the shelf, or put it there. */
export function recall(kept) {
  const known = shelf.find((style) => style.key === kept.key);
  if (known) return known;
  const style = { ...kept, thumbnail: kept.blob ? URL.createObjectURL(kept.blob) : (kept.file ?? "code.svg") };
  shelf.unshift(style);
  return style;
}

export function choose(styles, weights = []) {
  state.styles = styles.slice(0, state.most).map((style, place) => Object.assign(style, { weight: weights[place] ?? 1 }));
  state.mixing = state.styles.length > 1;
  emit("styles");
  emit("look");
}

function toggle(style) {
  const place = state.styles.indexOf(style);
  if (place >= 0 && state.styles.length > 1) state.styles.splice(place, 1);
  else if (place < 0 && !together([...state.styles, style])) return emit("failed", { kind: "not-together", message: "" });
  else if (place < 0 && state.styles.length < state.most) state.styles.push(Object.assign(style, { weight: 1 }));
  else if (place < 0) return emit("failed", { kind: "too-many-styles", message: "" });
  emit("styles");
  emit("look");
}

function render() {
  const focused = document.activeElement?.dataset?.style;
  $("#shelf").replaceChildren(...shelf.map(tile));
  $("#mix").setAttribute("aria-pressed", String(state.mixing));
  $("#mix-hint").hidden = !state.mixing || state.styles.length > 1;
  $("#blend").replaceChildren(...(state.styles.length > 1 ? state.styles.map(weight) : []));
  shares();
  if (focused) $(`#shelf [data-style="${CSS.escape(focused)}"]`)?.focus();
}

function tile(style) {
  const place = state.styles.indexOf(style);
  const image = h("img", { src: style.thumbnail, alt: "", loading: "lazy", decoding: "async" });
  const pressed = (event) => (state.mixing || event.shiftKey ? ((state.mixing = true), toggle(style)) : choose([style]));
  return h(
    "button",
    {
      type: "button",
      class: "tile",
      "aria-pressed": String(place >= 0),
      "data-style": style.key,
      title: pick(style.credit) || null,
      onclick: pressed,
    },
    h("span", { class: "canvas" }, image, place >= 0 && h("span", { class: "badge" }, icon("check"))),
    h("span", { class: "tile-name" }, pick(style.title)),
  );
}

/** One row of the mix: how much of this style. */
function weight(style) {
  const range = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: style.weight });
  range.setAttribute("aria-label", t("blend.weight", { style: pick(style.title) }));
  range.addEventListener("input", () => {
    style.weight = Number(range.value);
    if (state.styles.every((one) => !one.weight)) style.weight = 0.01; // somebody has to paint
    shares();
    emit("look", 80);
  });
  const remove = h("button", { type: "button", class: "bare", onclick: () => toggle(style) }, icon("close"));
  remove.setAttribute("aria-label", t("blend.remove", { style: pick(style.title) }));
  const thumb = h("img", { src: style.thumbnail, alt: "" });
  const name = h("span", { class: "weight-name" }, pick(style.title));
  return h("div", { class: "weight" }, thumb, name, h("output", {}), remove, range);
}

/** Write every row's share of the whole. */
function shares() {
  const total = state.styles.reduce((sum, style) => sum + style.weight, 0) || 1;
  $$("#blend .weight").forEach((row, place) => {
    const { weight: own } = state.styles[place];
    $("output", row).textContent = percent(own / total);
    $("input", row).style.setProperty("--fill", `${own * 100}%`);
  });
}
