/** Immediate painting: each change repaints, the last request wins, earlier ones are aborted. */

import { stylize } from "./api.js";
import { debounced, save } from "./dom.js";
import { fileName } from "./names.js";
import { fieldsOf, settings } from "./request.js";
import { withUploads } from "./sources.js";
import { emit, method, state, valueOf } from "./state.js";

const GROUPS = ["look", "onepass"];
const SLOW = 1; // seconds; where painting takes longer, a small draft is shown first
const DRAFT = 384; // px, long side of the draft

let controller = null;
let painted = null; // { blob, url, seconds, width, height, settings, content, draft }
let pace = 0; // seconds that the last full painting took
let waiting = false; // for a painting

const later = debounced(run);

export const latest = () => painted;

/** Say that nothing is being painted, unless something is. */
export const settle = () => waiting || emit("painting", false);

/** Paint anew after `delay` ms; a request under way is aborted. */
export function repaint(delay = 0) {
  controller?.abort();
  controller = null;
  waiting = Boolean(state.content && state.styles.length);
  emit("painting", waiting);
  if (!waiting) return;
  later(delay);
}

async function run() {
  const mine = (controller = new AbortController());
  const content = state.content;
  if (!content || !state.styles.length) return;
  try {
    const size = valueOf("look", "size");
    if (pace > SLOW && size > DRAFT) await show(await withUploads(() => paint(content, "jpeg", mine.signal, DRAFT)), mine, content, true);
    const made = await withUploads(() => paint(content, "jpeg", mine.signal));
    pace = made.seconds;
    await show(made, mine, content, false);
  } catch (error) {
    if (error.name !== "AbortError" && mine === controller) failed(error);
  } finally {
    if (mine === controller) {
      waiting = false;
      emit("painting", false);
    }
  }
}

/** Show a picture; it counts as painted once it is displayed. */
async function show(made, mine, content, draft) {
  if (mine !== controller) return;
  if (painted) URL.revokeObjectURL(painted.url);
  painted = { ...made, url: URL.createObjectURL(made.blob), settings: settings(), content, draft };
  await emit("painted", painted);
}

function failed(error) {
  if (error.status === 429) setTimeout(() => repaint(), 1000 * Math.max(1, error.retryAfter));
  emit("failed", error);
}

async function paint(content, format, signal, size = 0) {
  const all = await fieldsOf({ method: method(), content, groups: [...GROUPS, "output"], format });
  const fields = size ? [...all.filter(([name]) => name !== "size"), ["size", size]] : all;
  signal?.throwIfAborted();
  return stylize(fields, signal);
}

/** Paint the current picture again in another format, with its recipe inside; `size` is its long side, px. */
export async function paintAs(format, size = 0) {
  const made = await withUploads(() => paint(state.content, format, undefined, size));
  return made.blob;
}

/** Download the picture as it is shown, or larger. */
export async function download(format, size = 0) {
  const shown = format === "jpeg" && !size && painted && !painted.draft && painted.content === state.content;
  save(shown ? painted.blob : await paintAs(format, size), nameNow(format));
}

const nameNow = (format) => fileName(state.content.example ? state.content.title : state.content.name, state.styles, method(), format);
