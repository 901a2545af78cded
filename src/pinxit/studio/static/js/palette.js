/** The styles: those to choose from, the visitor's paintings, and the mix of the chosen ones. */

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

export const tint = (index) => TINTS[index % TINTS.length];

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
    const mixed = !state.mixing && state.styles.length > 1;
    if (mixed) state.styles.length = 1;
    emit("styles");
    if (mixed) emit("look");
  });
  await reload();
}

/** Fetch the service's named styles: those of its folder and trained styles. */
export async function reload() {
  const answer = await getJson("/v1/styles").catch(() => ({ styles: [] }));
  const onShelf = new Map(shelf.map((style) => [style.key, style]));
  const named = answer.styles.map(({ name, ...more }) => {
    const key = `named:${name}`;
    return Object.assign(onShelf.get(key) ?? { key, named: name }, more);
  });
  const rest = shelf.filter((style) => !style.named);
  shelf.splice(0, shelf.length, ...named, ...rest);
  if (state.styles.some((style) => !shelf.includes(style))) choose([first()]); // a chosen one was deleted
  emit("shelf");
}

/** Whether a style is a style code, without any picture of the painting. */
export const isCodeOnly = (style) => style.kind === "code" || Boolean(style.blob && isCode(style.blob));

/** Why a style cannot be added to the mix: the kind of a problem; "" if it can. */
export function refusal(style) {
  if (state.styles.includes(style)) return "";
  if (state.styles.some((one) => (one.network ?? "") !== (style.network ?? ""))) return "not-together"; // only within one network
  return state.styles.length < state.most ? "" : "too-many-styles";
}

/** Add paintings at the front and choose the first; while mixing, all of them. */
export function add(files) {
  const room = state.mixing ? state.most : 1;
  const dropped = files.map((file) => ({
    key: `dropped:${unique()}`,
    title: (file.name ?? t("picture")).replace(/\.[^.]*$/, ""),
    thumbnail: isCode(file) ? "code.svg" : URL.createObjectURL(file),
    blob: file,
  }));
  shelf.unshift(...dropped);
  emit("shelf");
  if (state.mixing) for (const style of dropped) toggle(style);
  else choose(dropped.slice(0, room));
}

export const first = () => shelf.find((style) => style.key === "own:swirls") ?? shelf[0];

/** Find a style of saved settings on the shelf, or add it. */
export function recall(saved) {
  const present = shelf.find((style) => style.key === saved.key);
  if (present) return present;
  const thumbnail = saved.blob && !isCode(saved.blob) ? URL.createObjectURL(saved.blob) : (saved.file ?? "code.svg");
  shelf.unshift(Object.assign(saved, { thumbnail }));
  emit("shelf");
  return saved;
}

export function choose(styles, weights = []) {
  state.styles = styles.slice(0, state.most).map((style, index) => Object.assign(style, { weight: weights[index] ?? 1 }));
  state.mixing = state.styles.length > 1;
  emit("styles");
  emit("look");
}

function toggle(style) {
  const index = state.styles.indexOf(style);
  const kind = refusal(style);
  if (kind) return emit("failed", { kind, message: "" });
  if (index < 0) state.styles.push(Object.assign(style, { weight: totalWeight() / state.styles.length }));
  else if (state.styles.length > 1) state.styles.splice(index, 1);
  emit("styles");
  emit("look");
}

/** Choose a style of the shelf; while mixing, or with Shift, add it or remove it. */
export function press(style, mixing) {
  if (!state.mixing && !mixing) return choose([style]);
  state.mixing = true;
  toggle(style);
}

/** Remove a style that cannot be used. */
export function drop(style) {
  shelf.splice(0, shelf.length, ...shelf.filter((one) => one !== style));
  emit("shelf");
}

function render() {
  $("#mix").setAttribute("aria-pressed", String(state.mixing));
  const blocked = state.mixing && shelf.some(refusal);
  $("#mix-hint").hidden = !state.mixing || (state.styles.length > 1 && !blocked);
  $("#mix-hint").textContent = t(blocked ? "mix.blocked" : "mix.hint");
  $("#blend").replaceChildren(...(state.styles.length > 1 ? state.styles.map(weight) : []));
  shares();
}

/** One row of the mix: a style and its weight. */
function weight(style) {
  const range = h("input", { type: "range", min: 0, max: 1, step: 0.01 });
  range.setAttribute("aria-label", t("blend.weight", { style: pick(style.title) }));
  range.addEventListener("input", () => {
    setShare(style, Number(range.value));
    shares();
    emit("look", 80);
  });
  const remove = h("button", { type: "button", class: "bare", onclick: () => toggle(style) }, icon("close"));
  remove.setAttribute("aria-label", t("blend.remove", { style: pick(style.title) }));
  const thumb = h("img", { src: style.thumbnail, alt: "" });
  const name = h("span", { class: "weight-name" }, pick(style.title));
  return h("div", { class: "weight" }, thumb, name, h("output", {}), remove, range);
}

const totalWeight = (styles = state.styles) => styles.reduce((sum, style) => sum + style.weight, 0);

/** Give a style a share of the mix; the others divide the rest as they did before. */
function setShare(style, share) {
  const others = state.styles.filter((one) => one !== style);
  const total = totalWeight(others);
  for (const one of others) one.weight = rounded((1 - share) * (total ? one.weight / total : 1 / others.length));
  style.weight = rounded(share);
}

const rounded = (weight) => Number(weight.toFixed(4));

/** Show each style's share of the total weight. */
function shares() {
  const total = totalWeight() || 1;
  $$("#blend .weight").forEach((row, index) => {
    const share = state.styles[index].weight / total;
    const range = $("input", row);
    $("output", row).textContent = percent(share);
    range.value = share;
    range.setAttribute("aria-valuetext", percent(share));
    range.style.setProperty("--fill", `${share * 100}%`);
  });
}
