/** The studio: connects the parts of the page. */

import { getJson, onKeyRequired, signIn } from "./api.js";
import * as brush from "./brush.js";
import * as content from "./content.js";
import * as controls from "./controls.js";
import { $, $$, announce, unique } from "./dom.js";
import * as gallery from "./gallery.js";
import { duration, language, percent, pick, setLanguage, t, translate } from "./i18n.js";
import * as jobs from "./jobs.js";
import * as store from "./store.js";
import * as painter from "./painter.js";
import * as palette from "./palette.js";
import { emit, kindOf, on, state, valueOf } from "./state.js";
import * as train from "./train.js";
import * as trouble from "./trouble.js";
import * as wall from "./wall.js";

const PAGE_SIZE = 768; // px, long side of the first painting: large enough to judge, and quick
const GROUPS = ["look", "onepass", "optimize", "film", "output"];
let watched = null; // id of the job shown in place of the immediate painting; null for none
let bar = null;

function failed(error) {
  if (error.name === "AbortError") return;
  trouble.show($("#trouble"), error, error.kind === "offline" || error.status >= 500 ? () => painter.repaint() : null);
}

/** The caption below the picture: photo, style, and how it was painted. */
function caption() {
  const photo = state.content?.example ? pick(state.content.title) : state.content?.name.replace(/\.[^.]*$/, "");
  const style = shownStyles().map((one) => pick(one.title)).join(" + ");
  $("#label-title").textContent = style && photo ? t("label.title", { photo, style }) : (photo ?? "");
  $("#label-facts").textContent = watched ? facts(jobs.jobs.get(watched)) : paintedFacts();
}

/** The styles of the picture shown; they differ from the chosen ones until the new painting is done. */
function shownStyles() {
  const painted = painter.latest();
  if (watched) return state.styles;
  return painted?.content === state.content ? painted.settings.styles : [];
}

const facts = (job) => `${t(`${jobs.alive(job) ? "doing" : "kind"}.${job.kind}`)}${t("dot")}${jobs.status(job)}`;

function paintedFacts() {
  const painted = painter.latest();
  if (!painted || painted.content !== state.content) return "";
  const strength = t("label.strength", { share: percent(valueOf("look", "strength")) });
  const size = painted.width && !painted.draft ? `${painted.width} × ${painted.height}` : "";
  const seconds = painted.seconds && !painted.draft ? t("label.seconds", { time: duration(painted.seconds) }) : "";
  return [size, strength, seconds].filter(Boolean).join(t("dot"));
}

async function showPainted(painted) {
  trouble.clear($("#trouble"));
  if (watched) return;
  const style = painted.settings.styles.map((one) => pick(one.title)).join(t("comma"));
  Object.assign(painted, await wall.showAfter(painted.url, t("alt.painted", { style })));
  caption();
  if (!painted.draft) announce(t("painted", { time: duration(painted.seconds) }));
  refreshButtons();
}

/** Show a job's picture, or with null the immediate painting. */
function watch(id) {
  watched = id;
  const job = jobs.jobs.get(id);
  wall.play(null);
  $("#download-film").hidden = true;
  if (!job && painter.latest()?.content === state.content) wall.showAfter(painter.latest().url, "");
  if (job) showJob(job);
  caption();
  refreshButtons();
}

function showJob(job) {
  if (job.id === watched) {
    const url = job.state === "done" ? job.links.result : job.previewUrl;
    if (job.state === "done" && job.kind === "video") playFilm(url);
    else if (url && url !== $("#after").getAttribute("src")) wall.showAfter(url, t("alt.job"));
    if (job.state === "failed" || job.state === "interrupted") {
      trouble.show($("#trouble"), { kind: job.state, ...job.error, message: job.error?.detail ?? "" });
    }
    if (job.state === "cancelled") watch(null);
    caption();
    refreshButtons();
  }
  showBar(job);
}

function playFilm(url) {
  wall.play(url);
  const link = $("#download-film");
  Object.assign(link, { href: url, hidden: false, download: painter.fileName("mp4") });
}

function showBar(job) {
  const place = $("#job-place");
  const live = jobs.live().filter((one) => one.kind !== "train");
  const current = live.find((one) => one.id === watched) ?? live.at(-1);
  if (!current) return place.replaceChildren();
  if (bar?.dataset.job !== current.id || !bar.isConnected) {
    bar = jobs.bar(current, failed);
    const look = Object.assign(document.createElement("button"), { type: "button", className: "plain watch" });
    look.textContent = t("job.act.watch");
    look.addEventListener("click", () => watch(current.id));
    bar.append(look);
    place.replaceChildren(bar);
  }
  $(".watch", bar).hidden = watched === current.id;
  if (job.id === current.id) bar.update(job);
}

async function makeBeautiful() {
  const button = $("#beautify");
  button.disabled = true;
  button.classList.add("working");
  try {
    watch((await jobs.beautify()).id);
  } catch (error) {
    failed(error);
  } finally {
    button.classList.remove("working");
    refreshButtons();
  }
}

let sending = null; // of a film

async function paintFilm() {
  sending?.abort();
  const mine = (sending = new AbortController());
  const place = $("#sending");
  const meter = $("progress", place);
  place.hidden = false;
  try {
    const job = await jobs.paintFilm((share) => (meter.value = share), mine.signal);
    watch(job.id);
  } catch (error) {
    failed(error);
  } finally {
    place.hidden = mine === sending;
  }
}

async function keepPainted() {
  const painted = painter.latest();
  if (!painted) return;
  $("#keep").disabled = true;
  try {
    const blob = await painter.paintAs("png");
    const { width, height } = await createImageBitmap(blob);
    const created = new Date().toISOString();
    await store.put({ id: unique(), kind: "photo", created, title: state.content.example ? state.content.title : state.content.name, settings: painted.settings, blob, width, height });
    announce(t("kept"));
    $("#keep").classList.add("done");
    emit("works");
  } catch (error) {
    failed(error);
  } finally {
    $("#keep").disabled = Boolean(watched);
  }
}

/** Download the picture shown. */
function download(format) {
  const job = jobs.jobs.get(watched);
  return job ? gallery.downloadJob(job, format) : painter.download(format);
}

/** Apply the settings and regions of a saved work to the current photo. */
async function reuse(saved) {
  const styles = saved.styles.map(palette.recall);
  const masks = await Promise.all(saved.styles.map((style) => brush.recall(style.region)));
  styles.forEach((style, index) => (style.mask = masks[index]));
  for (const group of GROUPS) state[group] = { ...(saved[group] ?? {}) };
  brush.stop();
  palette.choose(styles, saved.styles.map((style) => style.weight));
  location.hash = "#studio";
  emit("settings");
}

function refreshButtons() {
  const ready = Boolean(state.content && state.styles.length);
  const optimize = kindOf("optimize");
  const video = kindOf("video");
  const codeOnly = state.styles.some(palette.isCodeOnly);
  const small = state.styles.some((style) => style.picture === "small");
  $("#beautify").disabled = !ready || !optimize?.available || codeOnly;
  const why = optimize && !optimize.available ? t("missing", { what: optimize.missing }) : t(`beautify.${codeOnly ? "code" : small ? "small" : "hint"}`);
  $("#beautify-why").textContent = why;
  $("#paint-film").disabled = !ready || !video?.available;
  $("#film-why").textContent = video && !video.available ? t("missing", { what: video.missing }) : t("film.hint");
  const job = jobs.jobs.get(watched); // a job can be downloaded once done, and is in the gallery already
  const savable = ready && (job ? job.state === "done" && job.kind !== "video" : !state.content.noPreview);
  for (const button of $$("[data-needs=picture]")) button.disabled = !savable;
  $("#keep").disabled ||= Boolean(job);
  $("#keep").classList.toggle("done", Boolean(job));
}

function navigate() {
  const view = { "#gallery": "gallery", "#train": "train" }[location.hash] ?? "studio";
  document.body.dataset.view = view;
  for (const section of $$("main > section")) section.hidden = section.id !== view;
  for (const link of $$("nav a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function showPart(name) {
  document.body.dataset.part = name;
  for (const button of $$("#parts button")) button.setAttribute("aria-pressed", String(button.dataset.part === name));
  $("#panel").scrollTop = 0;
}

function wire() {
  on("look", (delay = 0) => {
    if (watched) watch(null);
    if (!state.content?.noPreview) painter.repaint(delay);
    refreshButtons();
  });
  on("content", () => (watch(null), trouble.clear($("#trouble")), refreshButtons()));
  on("styles", caption);
  on("painting", (is) => wall.busy(is));
  on("painted", showPainted);
  on("failed", failed);
  on("job", showJob);
  on("watch", watch);
  on("language", () => (caption(), refreshButtons(), (bar = null), jobs.live().forEach(showBar)));
  $("#beautify").addEventListener("click", makeBeautiful);
  $("#paint-film").addEventListener("click", paintFilm);
  $("#sending button").addEventListener("click", () => sending?.abort());
  $("#keep").addEventListener("click", keepPainted);
  for (const format of ["png", "jpeg"]) {
    $(`#download-${format}`).addEventListener("click", () => download(format).catch(failed));
  }
  $("#language").addEventListener("click", () => setLanguage(language === "zh" ? "en" : "zh"));
  for (const button of $$("#parts button")) button.addEventListener("click", () => showPart(button.dataset.part));
  window.addEventListener("hashchange", navigate);
  onKeyRequired(askForKey);
}

let asking = null;

function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = $("#key");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    $("#key-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      trouble.clear($("#key-trouble"));
      try {
        await signIn($("#key-value").value);
        dialog.close();
        resolve();
      } catch (error) {
        trouble.show($("#key-trouble"), error);
      }
    });
    dialog.showModal();
  }).finally(() => (asking = null));
  return asking;
}

async function loadService() {
  try {
    [state.methods, state.limits] = await Promise.all([getJson("/v1/methods"), getJson("/v1/limits")]);
  } catch (error) {
    trouble.show($("#trouble"), error, loadService);
    return false;
  }
  state.most = state.limits.style_count ?? state.most;
  const size = state.methods.methods[0].options.look.properties.size;
  state.look.size ??= Math.min(PAGE_SIZE, size.maximum ?? PAGE_SIZE);
  emit("methods");
  return true;
}

async function begin() {
  translate();
  wire();
  wall.begin();
  content.begin();
  controls.begin();
  brush.begin();
  train.begin((styles) => ((location.hash = "#studio"), palette.choose(styles)));
  gallery.begin(reuse);
  navigate();
  showPart("style");
  refreshButtons();
  if (!(await loadService())) return;
  await palette.begin();
  if (!state.content) content.showExample(content.EXAMPLES[0]);
  if (!state.styles.length) palette.choose([palette.first()]);
  await jobs.begin();
  document.body.dataset.ready = "true";
}

begin();
