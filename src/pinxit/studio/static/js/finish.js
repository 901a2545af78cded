/** The last steps: make it beautiful, paint the film, keep, download. */

import * as estimate from "./estimate.js";
import * as gallery from "./gallery.js";
import { $, $$, announce, h, unique } from "./dom.js";
import { hasText, t } from "./i18n.js";
import * as jobs from "./jobs.js";
import * as painter from "./painter.js";
import * as palette from "./palette.js";
import { emit, kindOf, on, schemaOf, state, valueOf } from "./state.js";
import * as store from "./store.js";

const ENLARGED = 1.2; // a picture must become that many times larger to be worth painting again
let watched = null; // id of the job shown in place of the immediate painting; null for none
let sending = null; // of a film

export function begin() {
  on("watching", (id) => ((watched = id), refresh()));
  for (const topic of ["look", "option", "settings", "styles", "content", "shown", "job", "language", "methods"]) on(topic, refresh);
  on("works", guess);
  on("methods", efforts);
  on("language", efforts);
  on("settings", efforts);
  $("#beautify").addEventListener("click", () => makeBeautiful());
  $("#larger").addEventListener("click", () => makeBeautiful(larger(jobs.jobs.get(watched))?.side));
  $("#paint-film").addEventListener("click", paintFilm);
  $("#sending button").addEventListener("click", () => sending?.abort());
  $("#keep").addEventListener("click", keep);
  for (const format of ["png", "jpeg"]) {
    $(`#download-${format}`).addEventListener("click", () => download(format));
  }
  refresh();
}

/** Quick, good, best: how much time "Make it beautiful" takes, and about how long that is. */
function efforts() {
  const words = schemaOf("optimize", "effort")?.enum ?? [];
  const choices = words.map((word) => {
    const checked = valueOf("optimize", "effort") === word;
    const onchange = () => {
      state.optimize.effort = word;
      emit("option", { group: "optimize", name: "effort" });
    };
    const key = `choice.effort.${word}`;
    const input = h("input", { type: "radio", name: "effort", value: word, checked, onchange });
    return h("label", { class: "choice" }, input, h("span", {}, hasText(key) ? t(key) : word, h("small", { "data-effort": word })));
  });
  $("#efforts").replaceChildren(...choices);
  refresh();
}

function refresh() {
  const ready = Boolean(state.content && state.styles.length);
  const [optimize, video] = [kindOf("optimize"), kindOf("video")];
  const codeOnly = state.styles.some(palette.isCodeOnly);
  const small = state.styles.some((style) => style.picture === "small");
  $("#beautify").disabled = !ready || !optimize?.available || codeOnly;
  $("#beautify-why").textContent = optimize && !optimize.available ? t("missing", { what: optimize.missing }) : t(`beautify.${codeOnly ? "code" : small ? "small" : "hint"}`);
  guess();
  $("#paint-film").disabled = !ready || !video?.available;
  $("#film-why").textContent = video && !video.available ? t("missing", { what: video.missing }) : t("film.hint");
  const job = jobs.jobs.get(watched); // a job can be downloaded once done, and is in the gallery already
  const savable = ready && (job ? job.state === "done" && job.kind !== "video" : !state.content.noPreview);
  for (const button of $$("[data-needs=picture]")) button.disabled = !savable;
  $("#keep").disabled ||= Boolean(job);
  $("#keep").classList.toggle("done", Boolean(job));
  offerFull(job);
}

/** Say about how long each effort takes. */
function guess() {
  for (const place of $$("[data-effort]")) place.textContent = estimate.inWords(estimate.estimate(place.dataset.effort, valueOf("look", "size")));
}

/** Offer to download the picture as large as the photo, or as this server paints. */
function offerFull(job) {
  const full = job ? null : fullSize();
  $("#full").hidden = !full;
  if (full) $("#full-words").textContent = t(full.whole ? "full" : "full.most", { size: sizeOf(full) });
  const next = larger(job);
  $("#larger").hidden = !next;
  if (next) $("#larger").textContent = t("larger", { size: sizeOf(next), time: next.time });
}

const sizeOf = ({ width, height }) => `${width} × ${height}`;

/** The largest size at which a finished painting can be painted again in the time that jobs have. */
function larger(job) {
  if (job?.kind !== "optimize" || job.state !== "done" || !job.result?.width) return null;
  const full = fullSize();
  const effort = valueOf("optimize", "effort");
  const whole = full && estimate.estimate(effort, full.side);
  if (!whole) return null;
  const share = Math.min(1, Math.sqrt((0.8 * (state.limits.optimize_seconds ?? Infinity)) / whole.seconds));
  const [side, width, height] = [full.side, full.width, full.height].map((one) => Math.round(one * share));
  if (side < ENLARGED * Math.max(job.result.width, job.result.height)) return null;
  return { side, width, height, time: estimate.inWords(estimate.estimate(effort, side)) };
}

/** The largest size that the photo can be painted at, where that is more than what is shown. */
function fullSize() {
  const { width, height, film } = state.content ?? {};
  const most = schemaOf("look", "size")?.maximum;
  if (!width || film || !most) return null;
  const long = Math.max(width, height);
  const share = Math.min(1, most / long);
  if (share * long <= valueOf("look", "size")) return null;
  return { side: Math.round(long * share), width: Math.round(width * share), height: Math.round(height * share), whole: share === 1 };
}

/** Download the picture shown; where that is asked for, painted anew as large as the photo. */
async function download(format) {
  const job = jobs.jobs.get(watched);
  const full = !job && $("#full-size").checked ? fullSize() : null;
  const button = $(`#download-${format}`);
  button.disabled = true;
  button.classList.add("working");
  tellDownload(full ? t("full.painting", { size: sizeOf(full) }) : "");
  try {
    await (job ? gallery.downloadJob(job, format) : painter.download(format, full?.side));
  } catch (error) {
    emit("failed", error);
  } finally {
    tellDownload("");
    button.classList.remove("working");
    refresh();
  }
}

function tellDownload(words) {
  $("#downloading").textContent = words;
  announce(words);
}

async function makeBeautiful(size) {
  const button = $("#beautify");
  button.disabled = true;
  button.classList.add("working");
  try {
    emit("watch", (await jobs.beautify(size)).id);
  } catch (error) {
    emit("failed", error);
  } finally {
    button.classList.remove("working");
    refresh();
  }
}

async function paintFilm() {
  sending?.abort();
  const mine = (sending = new AbortController());
  const place = $("#sending");
  const meter = $("progress", place);
  place.hidden = false;
  try {
    const job = await jobs.paintFilm((share) => (meter.value = share), mine.signal);
    emit("watch", job.id);
  } catch (error) {
    emit("failed", error);
  } finally {
    place.hidden = mine === sending;
  }
}

async function keep() {
  const painted = painter.latest();
  if (!painted) return;
  $("#keep").disabled = true;
  try {
    const blob = await painter.paintAs("png");
    const { width, height } = await createImageBitmap(blob);
    const created = new Date().toISOString();
    const title = state.content.example ? state.content.title : state.content.name;
    await store.put("works", { id: unique(), kind: "photo", created, title, settings: painted.settings, blob, width, height });
    announce(t("kept"));
    $("#keep").classList.add("done");
    emit("works");
  } catch (error) {
    emit("failed", error);
  } finally {
    $("#keep").disabled = Boolean(watched);
  }
}
