/** Painting at once: each change repaints, the last request wins, older ones are aborted. */

import { stylize } from "./api.js";
import { debounced, save } from "./dom.js";
import { t } from "./i18n.js";
import { fieldsOf, settings } from "./request.js";
import { withUploads } from "./sources.js";
import { emit, method, state, valueOf } from "./state.js";

const GROUPS = ["look", "adain"];
const SLOW = 1; // seconds of a painting, from which a small one is shown first
const DRAFT = 384; // px, of that

let controller = null;
let painted = null; // { blob, url, seconds, width, height, settings, content, draft }
let pace = 0; // seconds that the last whole painting took

const later = debounced(run);

export const latest = () => painted;

/** Ask for a new picture in `delay` ms; whatever is being painted is out of date and stopped. */
export function repaint(delay = 0) {
  controller?.abort();
  controller = null;
  if (!state.content || !state.styles.length) return emit("painting", false);
  emit("painting", true);
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
    if (mine === controller) emit("painting", false);
  }
}

/** Put a picture up; it counts as painted only when it can be seen. */
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
  const asked = await fieldsOf({ method: method(), content, groups: [...GROUPS, "output"], format });
  const fields = size ? [...asked.filter(([name]) => name !== "size"), ["size", size]] : asked;
  signal?.throwIfAborted();
  return stylize(fields, signal);
}

/** The picture as it is shown, painted anew by the service in another format, with its recipe inside. */
export async function paintAs(format) {
  const made = await withUploads(() => paint(state.content, format));
  return made.blob;
}

export async function download(format) {
  const blob = format === "jpeg" && painted && !painted.draft && painted.content === state.content ? painted.blob : await paintAs(format);
  save(blob, fileName(format));
  return blob;
}

export function fileName(format) {
  const stem = (state.content?.name ?? "picture").replace(/\.[^.]*$/, "") || t("picture");
  return `${stem}-pinxit.${format === "jpeg" ? "jpg" : format}`;
}
