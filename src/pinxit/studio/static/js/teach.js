/** "Teach this style": training of a network for paintings of one's own, where the service can train. */

import { forgetStyle } from "./api.js";
import { field } from "./controls.js";
import { $, h, icon } from "./dom.js";
import { number, pick, t } from "./i18n.js";
import * as jobs from "./jobs.js";
import * as lessonphotos from "./lessonphotos.js";
import { reload, shelf } from "./palette.js";
import { idOf, withUploads } from "./sources.js";
import { kindOf, on, state } from "./state.js";
import * as trouble from "./trouble.js";

const MAIN = ["strong", "minutes"];
const MORE = ["steps", "begin", "batch", "side", "stored", "painted", "crops", "learning_rate", "seed"];
const values = {}; // of the training's options, that differ from the default
const paintings = []; // { blob, url, name, sending }
let use = () => {};

/** `paintWith(styles)` takes the page to the studio. */
export function begin(paintWith) {
  use = paintWith;
  lessonphotos.begin();
  on("methods", offer);
  on("language", offer);
  on("job", show);
  on("works", render);
  on("shelf", render);
  $("#teach-file").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  $("#teach-drop").addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    document.body.dataset.dropping = "";
    add([...event.dataTransfer.files]);
  });
  $("#teach-form").addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
}

/** Show the page only where the service has that kind of work. */
function offer() {
  const kind = kindOf("train");
  $("#nav-teach").hidden = !kind;
  if (!kind) return;
  $("#teach-begin").disabled = !kind.available;
  $("#teach-missing").textContent = kind.available ? "" : t("missing", { what: kind.missing });
  const known = kind.options?.properties ?? {};
  const fields = (names) => names.filter((name) => name in known).map((name) => field("train", name, known[name], values));
  $("#teach-options").replaceChildren(...fields(MAIN));
  $("#teach-more").replaceChildren(...fields(MORE));
  renderPaintings();
  render();
}

function add(files) {
  const room = Math.max(0, state.most - paintings.length);
  for (const file of files.slice(0, room)) {
    const name = file.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N} .'-]+/gu, " ").trim();
    paintings.push({ blob: file, url: URL.createObjectURL(file), name, sending: null });
  }
  trouble.clear($("#teach-trouble"));
  if (files.length > room) trouble.show($("#teach-trouble"), { kind: "too-many-styles", message: "" });
  renderPaintings();
}

function renderPaintings() {
  $("#teach-paintings").replaceChildren(...paintings.map(painting));
  $("#teach-drop").classList.toggle("small", paintings.length > 0);
  $("#teach-drop-words").textContent = t(paintings.length ? "teach.another" : "teach.painting");
}

function painting(one) {
  const oninput = (event) => (one.name = event.target.value);
  const box = h("input", { type: "text", required: true, maxLength: 40, autocomplete: "off", value: one.name, oninput });
  const away = () => (paintings.splice(paintings.indexOf(one), 1), URL.revokeObjectURL(one.url), renderPaintings());
  const remove = h("button", { type: "button", class: "bare", "aria-label": t("teach.remove", { name: one.name }), onclick: away }, icon("close"));
  const image = h("img", { src: one.url, alt: t("teach.chosen", { name: one.name }) });
  return h("li", {}, image, h("label", {}, h("span", {}, t("teach.name")), box), remove);
}

async function start() {
  const place = $("#teach-trouble");
  trouble.clear(place);
  if (!paintings.length) return trouble.show(place, { kind: "no-painting", message: "" });
  const button = $("#teach-begin");
  button.disabled = true;
  try {
    await withUploads(async () => {
      const ids = await Promise.all(paintings.map(idOf));
      const names = paintings.map((one) => one.name.trim());
      const photos = await lessonphotos.fields();
      const fields = [...ids.map((id) => ["style", id]), ...names.map((name) => ["name", name]), ...photos, ...Object.entries(values)];
      return jobs.teach(fields, names.join(" + "));
    });
    paintings.length = 0; // the gallery and the lesson have them now
    lessonphotos.clear();
    renderPaintings();
    render();
  } catch (error) {
    trouble.show(place, error);
  } finally {
    button.disabled = false;
  }
}

/** The lessons, newest first, then the styles that were learned and stay. */
function render() {
  const lessons = [...jobs.jobs.values()].filter((job) => job.kind === "train");
  lessons.sort((a, b) => b.created.localeCompare(a.created));
  $("#teach-jobs").replaceChildren(...lessons.map(card));
  const own = shelf.filter((style) => style.own);
  $("#teach-own").hidden = !own.length;
  $("#teach-empty").hidden = lessons.length > 0 || own.length > 0;
  $("#teach-styles").replaceChildren(...own.map(learned));
}

function card(job) {
  const sheet = job.seen
    ? h("img", { src: job.seen, alt: t("teach.sheet") })
    : h("span", { class: "nothing" }, icon("picture"), t(jobs.alive(job) ? "teach.soon" : "teach.none"));
  const live = jobs.alive(job) && jobs.bar(job, (error) => trouble.show($("#teach-trouble"), error));
  const ended = !live && h("p", { class: "lesson-end" }, jobs.status(job));
  const error = !live && job.error && h("p", { class: "hint" }, trouble.sentence({ ...job.error, kind: job.error.type?.split(":").pop() }).filter(Boolean).join(" "));
  const names = job.title || (job.request?.styles ?? []).map((style) => style.name).join(" + ");
  return h("li", { class: "training", "data-training": job.id }, h("h2", {}, names), sheet, live, ended, error, h("p", { class: "hint lesson-facts" }, facts(job)), act(job));
}

/** How far from the painting and from the photo the samples are. */
function facts(job) {
  const scores = job.result?.scores ?? job.progress?.scores ?? {};
  const parts = job.progress?.index ? [t("teach.steps", { steps: number(job.progress.index) })] : [];
  if (scores.style) parts.push(t("teach.scores", { style: number(scores.style, 2), content: number(scores.content, 2) }));
  return parts.join(t("dot"));
}

function act(job) {
  const names = new Set((job.request?.styles ?? []).map((style) => style.name));
  const styles = shelf.filter((style) => style.own && names.has(style.named));
  if (job.state !== "done" || !styles.length) return null;
  return h("button", { type: "button", class: "plain", "data-act": "use", onclick: () => use(styles) }, icon("brush"), t("teach.use"));
}

function learned(style) {
  const title = pick(style.title);
  const paint = h("button", { type: "button", class: "plain", onclick: () => use([style]) }, icon("brush"), t("teach.use"));
  const drop = h("button", { type: "button", class: "plain danger", onclick: () => forget(style) }, icon("trash"), t("gallery.delete"));
  for (const [button, words] of [[paint, "teach.use"], [drop, "gallery.delete"]]) button.setAttribute("aria-label", `${t(words)}: ${title}`);
  return h("li", { "data-own": style.named }, h("img", { src: style.thumbnail, alt: "" }), h("span", {}, title), paint, drop);
}

async function forget(style) {
  try {
    await forgetStyle(style.named);
  } catch (error) {
    trouble.show($("#teach-trouble"), error);
  }
  await reload();
}

function show(job) {
  if (job.kind !== "train") return;
  const element = $(`[data-training="${job.id}"]`);
  const image = element && $("img", element);
  if (!element || !jobs.alive(job) || (job.seen && !image)) render();
  else {
    $(".job-bar", element)?.update(job);
    $(".lesson-facts", element).textContent = facts(job);
    if (image && image.getAttribute("src") !== job.seen) image.src = job.seen;
  }
  if (job.state === "done") reload();
}

