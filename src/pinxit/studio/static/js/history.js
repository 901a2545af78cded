/** Undo and redo of every change: photo, styles, mix, regions and settings. */

import * as brush from "./brush.js";
import * as content from "./content.js";
import { $, announce, debounced } from "./dom.js";
import { t } from "./i18n.js";
import { shelf } from "./palette.js";
import { emit, GROUPS, on, state } from "./state.js";

const DEPTH = 100; // changes that can be undone
const PAUSE = 300; // ms without a change, after which what was changed counts as one
const past = [];
const future = [];
let present = null;
let restoring = false;
let working = Promise.resolve();

const later = debounced(note);

export function begin() {
  for (const topic of ["look", "option", "content", "styles"]) on(topic, () => later(PAUSE));
  on("content", note); // at once: the next photo may come sooner than a pause
  on("undo", undo);
  $("#undo").addEventListener("click", undo);
  $("#redo").addEventListener("click", redo);
  document.addEventListener("keydown", key);
  note();
  show();
}

/** Whether the page is being taken back to an earlier state, not changed by the visitor. */
export const isRestoring = () => restoring;

/** The state of the page: { content, styles: [{ style, weight, region }], mixing, options }. */
export const taken = () => ({
  content: state.content,
  styles: state.styles.map((style) => ({ style, weight: style.weight, region: style.mask?.painted ? style.mask.source() : null })),
  mixing: state.mixing,
  options: Object.fromEntries(GROUPS.map((group) => [group, { ...state[group] }])),
});

const essence = ({ content: photo, styles, options }) =>
  JSON.stringify([photo?.key, styles.map(({ style, weight, region }) => [style.key, weight, region?.key]), options]);

/** Remember the state unless it is the one that was remembered last. */
function note() {
  if (restoring || !state.content || !state.styles.length) return;
  const shot = taken();
  if (present && essence(shot) === essence(present)) return;
  if (present) past.push(present);
  if (past.length > DEPTH) past.shift();
  future.length = 0;
  present = shot;
  show();
}

/** Take the page back to a state. */
export async function restore(shot) {
  restoring = true;
  try {
    for (const group of GROUPS) state[group] = { ...shot.options[group] };
    if (shot.content && shot.content !== state.content) await content.show(shot.content);
    const styles = shot.styles.filter(({ style }) => shelf.includes(style));
    const masks = await Promise.all(styles.map(({ region }) => brush.recall(region)));
    state.styles = styles.map(({ style, weight }, index) => Object.assign(style, { weight, mask: masks[index] }));
    state.mixing = shot.mixing;
    for (const topic of ["settings", "styles", "look"]) emit(topic);
    present = taken();
  } finally {
    restoring = false;
  }
  show();
}

/** Take the page to a state as a change of the visitor's, which can be undone. */
export async function apply(shot) {
  emit("painting", true);
  note();
  const before = present;
  try {
    await restore(shot);
  } finally {
    emit("settled");
  }
  if (essence(before) === essence(present)) return;
  past.push(before);
  future.length = 0;
  show();
}

function step(from, to, words) {
  emit("painting", true);
  working = working.then(async () => {
    note();
    if (!from.length) return emit("settled");
    to.push(present);
    await restore(from.pop());
    announce(t(words));
  });
  return working;
}

export const undo = () => step(past, future, "undone");
export const redo = () => step(future, past, "redone");

/** Go back to the last state without a photo or style that cannot be used, and forget the states with it. */
export async function without(thing) {
  const has = (shot) => shot.content === thing || shot.styles.some(({ style }) => style === thing);
  for (const shots of [past, future]) shots.splice(0, shots.length, ...shots.filter((shot) => !has(shot)));
  const last = present && !has(present) ? present : past.pop();
  if (last) await restore(last);
  return Boolean(last);
}

function key(event) {
  const name = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(name)) return;
  if (document.body.dataset.view !== "studio" || event.target.matches("input[type=text], input[type=number]") || $("dialog[open]")) return;
  event.preventDefault();
  if (name === "y" || event.shiftKey) redo();
  else undo();
}

function show() {
  $("#undo").disabled = !past.length;
  $("#redo").disabled = !future.length;
}
