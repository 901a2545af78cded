/** The page for training a network on the visitor's paintings, where the service offers it. */

import { forgetStyle } from "./api.js";
import { field } from "./controls.js";
import { $, h, icon } from "./dom.js";
import { number, pick, t } from "./i18n.js";
import * as jobs from "./jobs.js";
import * as trainphotos from "./trainphotos.js";
import { reload, shelf } from "./palette.js";
import { idOf, withUploads } from "./sources.js";
import { kindOf, on, state } from "./state.js";
import * as trouble from "./trouble.js";

const MAIN = ["strong", "minutes"];
const MORE = ["steps", "begin", "batch", "crop_size", "image_size", "style_size", "crops", "learning_rate", "seed"];
const LIKE = [0.6, 0.45, 0.33, 0.25]; // distances from the painting, each worth a star
const KEPT = [1.05, 0.95, 0.85, 0.7]; // distances from the photo
const values = {}; // options of the training that differ from their default
const paintings = []; // { blob, url, name, sending }
let use = () => {};

/** `paintWith(styles)` opens the studio with these styles. */
export function begin(paintWith) {
  use = paintWith;
  trainphotos.begin();
  on("methods", offer);
  on("language", offer);
  on("job", show);
  on("works", render);
  on("shelf", render);
  $("#train-file").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  $("#train-drop").addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    document.body.dataset.dropping = "";
    add([...event.dataTransfer.files]);
  });
  $("#train-form").addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
}

/** Show the page only where the service offers training. */
function offer() {
  const kind = kindOf("train");
  $("#nav-train").hidden = !kind;
  if (!kind) return;
  $("#train-begin").disabled = !kind.available;
  $("#train-missing").textContent = kind.available ? "" : t("missing", { what: kind.missing });
  const schemas = kind.options?.properties ?? {};
  const fields = (names) => names.filter((name) => name in schemas).map((name) => field("train", name, schemas[name], values));
  $("#train-options").replaceChildren(...fields(MAIN));
  $("#train-more").replaceChildren(...fields(MORE));
  renderPaintings();
  render();
}

function add(files) {
  const room = Math.max(0, state.most - paintings.length);
  for (const file of files.slice(0, room)) {
    const name = file.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N} .'-]+/gu, " ").trim();
    paintings.push({ blob: file, url: URL.createObjectURL(file), name, sending: null });
  }
  trouble.clear($("#train-trouble"));
  if (files.length > room) trouble.show($("#train-trouble"), { kind: "too-many-styles", message: "" });
  renderPaintings();
}

function renderPaintings() {
  $("#train-paintings").replaceChildren(...paintings.map(painting));
  $("#train-drop").classList.toggle("small", paintings.length > 0);
  $("#train-drop-words").textContent = t(paintings.length ? "train.another" : "train.painting");
}

function painting(one) {
  const oninput = (event) => (one.name = event.target.value);
  const box = h("input", { type: "text", required: true, maxLength: 40, autocomplete: "off", value: one.name, oninput });
  const away = () => (paintings.splice(paintings.indexOf(one), 1), URL.revokeObjectURL(one.url), renderPaintings());
  const remove = h("button", { type: "button", class: "bare", "aria-label": t("train.remove", { name: one.name }), onclick: away }, icon("close"));
  const image = h("img", { src: one.url, alt: t("train.chosen", { name: one.name }) });
  return h("li", {}, image, h("label", {}, h("span", {}, t("train.name")), box), remove);
}

async function start() {
  const notices = $("#train-trouble");
  trouble.clear(notices);
  if (!paintings.length) return trouble.show(notices, { kind: "no-painting", message: "" });
  const button = $("#train-begin");
  button.disabled = true;
  try {
    await withUploads(async () => {
      const ids = await Promise.all(paintings.map(idOf));
      const names = paintings.map((one) => one.name.trim());
      const photos = await trainphotos.fields();
      const fields = [...ids.map((id) => ["style", id]), ...names.map((name) => ["name", name]), ...photos, ...Object.entries(values)];
      return jobs.train(fields, names.join(" + "));
    });
    paintings.length = 0; // the gallery and the job have them now
    trainphotos.clear();
    renderPaintings();
    render();
  } catch (error) {
    trouble.show(notices, error);
  } finally {
    button.disabled = false;
  }
}

/** List the trainings, newest first, then the trained styles. */
function render() {
  const trainings = [...jobs.jobs.values()].filter((job) => job.kind === "train");
  trainings.sort((a, b) => b.created.localeCompare(a.created));
  $("#train-jobs").replaceChildren(...trainings.map(card));
  const ownStyles = shelf.filter((style) => style.own);
  $("#train-own").hidden = !ownStyles.length;
  $("#train-empty").hidden = trainings.length > 0 || ownStyles.length > 0;
  $("#train-styles").replaceChildren(...ownStyles.map(trainedRow));
}

function card(job) {
  const sheet = job.previewUrl
    ? h("img", { src: job.previewUrl, alt: t("train.sheet") })
    : h("span", { class: "nothing" }, icon("picture"), t(jobs.alive(job) ? "train.soon" : "train.none"));
  const live = jobs.alive(job) && jobs.bar(job, (error) => trouble.show($("#train-trouble"), error));
  const ended = !live && h("p", { class: "training-end" }, jobs.status(job));
  const error = !live && job.error && h("div", { class: "hint" }, ...trouble.inWords(trouble.ofJob(job)));
  const names = job.title || (job.request?.styles ?? []).map((style) => style.name).join(" + ");
  const told = h("div", { class: "hint training-facts" }, ...facts(job));
  return h("li", { class: "training", "data-training": job.id }, h("h2", {}, names), sheet, live, ended, error, told, act(job));
}

/** How good the samples are, in stars; the step and the distances behind a click. */
function facts(job, open = false) {
  const scores = job.result?.scores ?? job.progress?.scores ?? {};
  const figures = job.progress?.index ? [t("train.steps", { steps: number(job.progress.index) })] : [];
  if (scores.style) figures.push(t("train.scores", { style: number(scores.style, 2), content: number(scores.content, 2) }));
  const more = figures.length > 0 && h("details", { open }, h("summary", {}, t("train.figures")), figures.join(t("dot")));
  return [scores.style && stars("train.like", scores.style, LIKE), scores.style && stars("train.kept", scores.content, KEPT), more].filter(Boolean);
}

/** A distance as stars: one more for each bound that it stays below. */
function stars(words, distance, bounds) {
  const count = 1 + bounds.filter((bound) => distance < bound).length;
  const signs = h("span", { class: "stars", role: "img", "aria-label": t("train.stars", { stars: count }) }, "★".repeat(count), h("i", {}, "★".repeat(5 - count)));
  return h("p", {}, t(words), signs);
}

function act(job) {
  const names = new Set((job.request?.styles ?? []).map((style) => style.name));
  const styles = shelf.filter((style) => style.own && names.has(style.named));
  if (job.state !== "done" || !styles.length) return null;
  return h("button", { type: "button", class: "plain", "data-act": "use", onclick: () => use(styles) }, icon("brush"), t("train.use"));
}

function trainedRow(style) {
  const title = pick(style.title);
  const paint = h("button", { type: "button", class: "plain", onclick: () => use([style]) }, icon("brush"), t("train.use"));
  const drop = h("button", { type: "button", class: "plain danger", onclick: () => forget(style) }, icon("trash"), t("gallery.delete"));
  for (const [button, words] of [[paint, "train.use"], [drop, "gallery.delete"]]) button.setAttribute("aria-label", `${t(words)}: ${title}`);
  return h("li", { "data-own": style.named }, h("img", { src: style.thumbnail, alt: "" }), h("span", {}, title), paint, drop);
}

async function forget(style) {
  try {
    await forgetStyle(style.named);
  } catch (error) {
    trouble.show($("#train-trouble"), error);
  }
  await reload();
}

function show(job) {
  if (job.kind !== "train") return;
  const element = $(`[data-training="${job.id}"]`);
  const image = element && $("img", element);
  if (!element || !jobs.alive(job) || (job.previewUrl && !image)) render();
  else {
    $(".job-bar", element)?.update(job);
    const told = $(".training-facts", element);
    told.replaceChildren(...facts(job, $("details", told)?.open));
    if (image && image.getAttribute("src") !== job.previewUrl) image.src = job.previewUrl;
  }
  if (job.state === "done") reload();
}

