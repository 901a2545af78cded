/** The studio: connects the parts of the page. */

import { getJson, onKeyRequired } from "./api.js";
import * as brush from "./brush.js";
import * as content from "./content.js";
import * as controls from "./controls.js";
import { $, $$, announce, h, unique } from "./dom.js";
import * as explain from "./explain.js";
import * as finish from "./finish.js";
import * as gallery from "./gallery.js";
import * as history from "./history.js";
import { duration, language, percent, pick, setLanguage, t, translate } from "./i18n.js";
import * as jobs from "./jobs.js";
import * as key from "./key.js";
import * as painter from "./painter.js";
import * as palette from "./palette.js";
import * as session from "./session.js";
import * as shelf from "./shelf.js";
import { emit, GROUPS, on, startOf, state, valueOf } from "./state.js";
import * as train from "./train.js";
import * as trouble from "./trouble.js";
import * as wall from "./wall.js";

const REFUSED = new Set(["bad-image", "unsupported-format", "too-large", "bad-film", "not-a-picture", "bad-shape"]);
let watched = null; // id of the job shown in place of the immediate painting; null for none

async function failed(error) {
  if (error.name === "AbortError") return;
  const file = fileOf(error);
  const back = file && (await history.without(file));
  if (back && file !== state.content && !state.styles.includes(file)) palette.drop(file);
  const again = !back && (error.kind === "offline" || error.status >= 500) ? () => painter.repaint() : null;
  trouble.show($("#trouble"), error, again, REFUSED.has(error.kind));
}

/** The photo or style of the visitor's that the service refused with this error; null where it is not about one. */
function fileOf(error) {
  if (!REFUSED.has(error.kind)) return null;
  if (error.thing) return error.thing;
  if (error.field === "content") return state.content;
  return error.field === "style" ? (state.styles.find((style) => style.blob && !style.file) ?? null) : null;
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
  const scaled = state.content.scaled ? t("label.scaled") : "";
  return [size, strength, seconds, scaled].filter(Boolean).join(t("dot"));
}

async function showPainted(painted) {
  trouble.clear($("#trouble"), true);
  if (watched) return;
  const style = painted.settings.styles.map((one) => pick(one.title)).join(t("comma"));
  Object.assign(painted, await wall.showAfter(painted.url, t("alt.painted", { style })));
  caption();
  if (!painted.draft) announce(t("painted", { time: duration(painted.seconds) }));
  emit("shown");
}

/** Show a job's picture, or with null the immediate painting. */
function watch(id) {
  watched = id;
  const job = jobs.jobs.get(id);
  wall.play(null);
  $("#download-film").hidden = true;
  if (!job && painter.latest()?.content === state.content) wall.showAfter(painter.latest().url, "");
  if (job) showJob(job);
  showBars();
  caption();
  emit("watching", id);
}

function showJob(job) {
  if (job.id === watched) {
    const url = job.state === "done" ? job.links.result : job.previewUrl;
    if (job.state === "done" && job.kind === "video") playFilm(job, url);
    else if (url && url !== $("#after").getAttribute("src")) wall.showAfter(url, t("alt.job"));
    if (job.state === "failed" || job.state === "interrupted") {
      trouble.show($("#trouble"), { kind: job.state, ...trouble.ofJob(job) });
    }
    if (job.state === "cancelled") watch(null);
    caption();
  }
  showBars();
}

function playFilm(job, url) {
  wall.play(url);
  const link = $("#download-film");
  Object.assign(link, { href: url, hidden: false });
  gallery.workOf(job).then((work) => (link.download = gallery.nameOf(work, "mp4")));
}

/** Show a bar for each job of pictures and films that waits or runs, the newest first. */
function showBars() {
  const place = $("#job-place");
  const live = new Map(jobs.live().map((job) => [job.id, job]));
  for (const bar of $$(".job-bar", place)) if (!live.has(bar.dataset.job)) bar.remove();
  for (const job of live.values()) {
    if (job.kind === "train") continue;
    const bar = $(`[data-job="${job.id}"]`, place) ?? barOf(job);
    if (!bar.isConnected) place.prepend(bar);
    $(".watch", bar).hidden = watched === job.id || job.kind === "explain";
    bar.update(job);
  }
}

function barOf(job) {
  const bar = jobs.bar(job, failed);
  bar.append(h("button", { type: "button", class: "plain watch", onclick: () => watch(job.id) }, t("job.act.watch")));
  return bar;
}

/** Apply the settings and regions of a saved work to the current photo. */
async function reuse(saved) {
  const styles = saved.styles.map(({ region, weight, ...style }) => {
    return { style: palette.recall(style), weight, region: region ? { key: unique(), blob: region } : null };
  });
  const options = Object.fromEntries(GROUPS.map((group) => [group, saved[group] ?? {}]));
  location.hash = "#studio";
  brush.stop();
  await history.apply({ content: state.content, styles, mixing: styles.length > 1, options });
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
  $("#panel-scroll").scrollTop = 0;
  if (name === "style") shelf.reveal();
}

function wire() {
  on("look", (delay = 0) => {
    if (watched) watch(null);
    if (!history.isRestoring() && !state.content?.noPreview) trouble.clear($("#trouble"));
    if (!state.content?.noPreview) painter.repaint(delay);
  });
  on("content", () => (watch(null), trouble.clear($("#trouble"))));
  on("styles", caption);
  on("painting", (is) => wall.busy(is));
  on("settled", painter.settle);
  on("painted", showPainted);
  on("failed", failed);
  on("job", showJob);
  on("watch", watch);
  on("language", () => (caption(), $("#job-place").replaceChildren(), showBars()));
  $("#language").addEventListener("click", () => setLanguage(language === "zh" ? "en" : "zh"));
  for (const button of $$("#parts button")) button.addEventListener("click", () => showPart(button.dataset.part));
  window.addEventListener("hashchange", navigate);
  onKeyRequired(key.ask);
}

async function loadService() {
  try {
    [state.methods, state.limits] = await Promise.all([getJson("/v1/methods"), getJson("/v1/limits")]);
  } catch (error) {
    trouble.show($("#trouble"), error, loadService);
    return false;
  }
  state.most = state.limits.style_count ?? state.most;
  state.look.size ??= startOf("look", "size");
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
  shelf.begin();
  finish.begin();
  explain.begin();
  train.begin((styles) => ((location.hash = "#studio"), palette.choose(styles)));
  gallery.begin(reuse);
  navigate();
  showPart("style");
  if (!(await loadService())) return;
  await palette.begin();
  const shown = state.content ? null : await session.restore();
  if (!state.content) content.showExample(content.EXAMPLES[0]);
  if (!state.styles.length) palette.choose([palette.first()]);
  history.begin();
  session.begin();
  await jobs.begin();
  if (["queued", "running", "done"].includes(jobs.jobs.get(shown)?.state)) watch(shown);
  document.body.dataset.ready = "true";
}

begin();
