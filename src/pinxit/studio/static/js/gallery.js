/** The gallery: the service's jobs and the saved pictures, each with its settings. */

import { convert, request } from "./api.js";
import { $, h, icon, save } from "./dom.js";
import { percent, pick, t, when } from "./i18n.js";
import { inWords, label } from "./controls.js";
import { pageOf } from "./explain.js";
import * as jobs from "./jobs.js";
import { fileName } from "./names.js";
import * as store from "./store.js";
import { inWords as inTrouble, ofJob } from "./trouble.js";
import { emit, methodOf, on } from "./state.js";

const PICTURES = new Set(["photo", "optimize", "video"]); // kinds of works whose result is a picture or a film
const urls = new Map(); // id of a saved picture -> the URL of its blob
let shown = null; // the work in the dialog
let reuse = () => {};

export function begin(useSettings) {
  reuse = useSettings;
  for (const topic of ["works", "language"]) on(topic, render);
  on("job", (job) => renew(job));
  $("#work").addEventListener("close", () => ((shown = null), $("#work-media").replaceChildren()));
  $("#work").addEventListener("click", (event) => event.target === $("#work") && $("#work").close());
  render();
}

/** All works, newest first: { id, kind, created, title, settings, job?, blob? }. */
async function works() {
  const stored = new Map((await store.all("works")).map((work) => [work.id, work]));
  const fromJobs = [...jobs.jobs.values()].map((job) => {
    const saved = stored.get(job.id);
    const names = job.kind === "train" ? (job.request?.styles ?? []).map((style) => style.name).join(" + ") : "";
    return { ...saved, id: job.id, kind: job.kind, created: job.created, title: saved?.title ?? job.title ?? names, job };
  });
  const photos = [...stored.values()].filter((work) => work.kind === "photo");
  return [...fromJobs, ...photos].sort((a, b) => b.created.localeCompare(a.created));
}

async function render() {
  const all = await works();
  $("#works").replaceChildren(...all.map(card));
  $("#works-empty").hidden = all.length > 0;
  const running = jobs.live().length;
  $("#nav-count").textContent = running || all.length || "";
  $("#nav-count").classList.toggle("running", running > 0);
}

function card(work) {
  const { job } = work;
  const title = titleOf(work);
  const picture = h("button", { type: "button", class: "work-picture", onclick: () => open(work) }, media(work, false));
  picture.setAttribute("aria-label", t("gallery.open", { title }));
  const foot = h("div", { class: "work-foot" }, h("em", {}, title), h("span", {}, job ? jobs.status(job) : t("kind.photo")));
  const bar = job && jobs.alive(job) ? jobs.bar(job, (error) => emit("failed", error)) : null;
  const fresh = job && jobs.alive(job) && !job.previewUrl ? "work fresh" : "work";
  return h("li", { class: fresh, "data-work": work.id }, picture, foot, bar);
}

/** Update the progress and preview of one job in place. */
function renew(job) {
  if (shown?.id === job.id && jobs.alive(job) && job.previewUrl && $("#work-media img")) $("#work-media img").src = job.previewUrl;
  const element = $(`[data-work="${job.id}"]`);
  if (!element) return;
  $(".job-bar", element)?.update(job);
  const image = $("img", element);
  if (image && jobs.alive(job) && job.previewUrl) image.src = job.previewUrl;
  if (job.previewUrl) element.classList.remove("fresh");
  const words = $(".work-foot span", element);
  if (words) words.textContent = jobs.status(job);
}

function titleOf(work) {
  const styles = work.settings?.styles ?? [];
  const names = styles.map((style) => pick(style.title));
  const what = pick(work.title ?? "").replace(/\.[^.]*$/, "") || t(`kind.${work.kind}`);
  const title = names.length ? t("label.title", { photo: what, style: names.join(" + ") }) : what;
  return work.kind === "explain" ? t("explain.title", { title }) : title;
}

function urlOf(work) {
  if (work.job?.state === "done" && PICTURES.has(work.kind)) return work.job.links.result;
  if (work.job?.previewUrl || !(work.blob ?? work.poster)) return work.job?.previewUrl;
  if (!urls.has(work.id)) urls.set(work.id, URL.createObjectURL(work.blob ?? work.poster));
  return urls.get(work.id);
}

function media(work, large) {
  const url = urlOf(work);
  const film = work.job?.state === "done" && work.job.result?.media_type.startsWith("video/");
  if (film) {
    const video = h("video", { src: url, controls: large, muted: !large, playsInline: true, preload: "metadata", loop: true });
    if (large) video.autoplay = true;
    return video;
  }
  if (!url) return h("span", { class: "nothing" }, icon(work.kind === "video" ? "film" : "picture"));
  return h("img", { src: url, alt: large ? titleOf(work) : "", loading: "lazy" });
}

function open(work) {
  shown = work;
  $("#work-title").textContent = titleOf(work);
  $("#work-media").replaceChildren(media(work, true));
  $("#work-recipe").replaceChildren(...recipe(work));
  $("#work-error").replaceChildren(...(work.job?.error ? problem(work.job.error) : []));
  $("#work-actions").replaceChildren(...actions(work));
  $("#work").showModal();
}

function problem(error) {
  return [h("div", { class: "trouble" }, icon("alert"), h("span", {}, ...inTrouble(ofJob({ error }))))];
}

/** The settings of a work as pairs of a term and its value. */
function recipe(work) {
  const { settings, job } = work;
  const styles = settings?.styles ?? job?.request?.styles ?? [];
  const total = styles.reduce((sum, style) => sum + style.weight, 0) || 1;
  const named = (style) => pick(style.title ?? style.name) || t("gallery.painting");
  const share = (style) => (styles.length > 1 && work.kind !== "train" ? ` ${percent(style.weight / total)}` : "");
  const options = job?.request?.options ?? { ...settings?.look, ...settings?.onepass };
  const result = job?.result;
  const rows = [
    [t("gallery.styles"), styles.map((style) => named(style) + share(style)).join(t("comma"))],
    [t("gallery.method"), t(`kind.${work.kind}`)],
    ...Object.entries(options).map(([name, value]) => [label(name), inWords(name, value)]),
    styles.some((style) => style.masked) && [t("gallery.regions"), t("yes")],
    result?.width && [t("gallery.measures"), `${result.width} × ${result.height}`],
    work.width && [t("gallery.measures"), `${work.width} × ${work.height}`],
    [t("gallery.made"), when(work.created)],
  ];
  return rows.filter(Boolean).flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]);
}

function actions(work) {
  const button = (words, symbol, onclick, kind = "plain") =>
    h("button", { type: "button", class: kind, onclick }, icon(symbol), t(words));
  const ready = work.blob || work.job?.state === "done";
  const still = ready && PICTURES.has(work.kind) && work.kind !== "video";
  const again = () => ($("#work").close(), reuse(work.settings ?? fromRequest(work.job.request)));
  const as = (format) => () => download(work, format).catch((error) => fail(error));
  const others = ["jpeg", "webp", "tiff"].map((format) => button(`download.${format}`, "download", as(format)));
  return [
    still && button("download.png", "download", as("png"), "main"),
    still && h("div", { class: "formats", role: "group", "aria-label": t("download.others") }, ...others),
    ready && work.kind === "video" && button("download.film", "download", () => save(urlOf(work), nameOf(work, "mp4")), "main"),
    ready && work.kind === "explain" && h("a", { class: "button main", href: pageOf(work.job), target: "_blank", rel: "noopener" }, icon("help"), t("explain.open")),
    work.kind === "train" && work.job.result && button("download.network", "download", () => saveNetwork(work), "main"),
    work.kind !== "train" && button("gallery.again", "repeat", again),
    button("gallery.delete", "trash", () => remove(work), "plain danger"),
  ].filter(Boolean);
}

/** Settings of a job that another browser started: its options and the styles that have names. */
function fromRequest(request) {
  const styles = request.styles.filter((style) => style.name);
  return {
    styles: styles.map((style) => ({ key: `named:${style.name}`, title: style.name, named: style.name, weight: style.weight })),
    look: { ...request.options },
  };
}

export const workOf = async (job) => (await works()).find((one) => one.id === job.id) ?? { ...job, job };

/** Save the finished picture of a job. */
export const downloadJob = async (job, format) => download(await workOf(job), format);

/** The name of a work's file: photo, styles and method. */
export function nameOf({ job, settings, title }, format) {
  const styles = settings?.styles ?? job?.request?.styles ?? [];
  return fileName(title, styles, job?.request?.method ?? methodOf(styles), format);
}

/** Saved pictures are PNG; the service converts them to other formats and keeps the recipe inside. */
async function download(work, format) {
  const converted = work.blob && format !== "png" ? await convert(work.blob, format) : work.blob;
  const blob = converted ?? (await (await request(`${urlOf(work)}?format=${format}`)).blob());
  save(blob, nameOf(work, format));
}

const saveNetwork = (work) => save(work.job.links.result, fileName(titleOf(work), [], "", "pinxit"));

function fail(error) {
  $("#work-error").replaceChildren(h("div", { class: "trouble", role: "alert" }, icon("alert"), h("span", {}, ...inTrouble(error))));
}

async function remove(work) {
  $("#work").close();
  if (work.job) await jobs.cancel(work.job).catch((error) => emit("failed", error));
  else await store.remove("works", work.id);
  emit("works");
}

export const isOpen = () => shown !== null;
