/** The photo or film to paint: chosen, dropped, pasted, or one of the examples. */

import { Problem } from "./api.js";
import { $, $$, h, unique } from "./dom.js";
import { clock, pick, t } from "./i18n.js";
import * as palette from "./palette.js";
import { isCode, isFilm } from "./sources.js";
import { emit, on, state } from "./state.js";
import * as wall from "./wall.js";

const FRAME_SIDE = 1280; // px, long side of the frame that stands for a film

export const EXAMPLES = [
  { key: "lake", title: { en: "Mountain lake", zh: "山湖" }, file: "pictures/lake.jpg" },
  { key: "cat", title: { en: "Cat", zh: "猫" }, file: "pictures/cat.jpg" },
  { key: "coffee", title: { en: "Coffee", zh: "咖啡" }, file: "pictures/coffee.jpg" },
];

export function begin() {
  for (const input of $$("input[type=file][data-for]")) {
    input.addEventListener("change", () => {
      take([...input.files], input.dataset.for);
      input.value = "";
    });
  }
  for (const button of $$("[data-choose]")) {
    button.addEventListener("click", () => $(`input[type=file][data-for=${button.dataset.choose}]`).click());
  }
  dropping();
  document.addEventListener("paste", paste);
  $("#frame-at").addEventListener("input", () => seek(Number($("#frame-at").value)));
  on("language", examples);
  examples();
}

function examples() {
  const buttons = EXAMPLES.map((example) => {
    const image = h("img", { src: example.file.replace(".jpg", "-small.jpg"), alt: "" });
    const button = h("button", { type: "button", class: "example", onclick: () => showExample(example) }, image);
    button.setAttribute("aria-label", t("example", { name: pick(example.title) }));
    return button;
  });
  $("#examples").replaceChildren(...buttons);
}

export const showExample = (example) => set({ ...example, name: `${example.key}.jpg`, url: example.file, example: true });

/** Use files as "photo" (or film) or as "style". Of several photos the first is the content, the rest are styles. */
export function take(files, target) {
  if (!files.length) return;
  const styles = target === "style" ? files : files.slice(1);
  const codes = files.filter(isCode);
  if (styles.length || codes.length) palette.add(target === "style" ? files : [...new Set([...styles, ...codes])]);
  if (target !== "style" && !isCode(files[0])) {
    if (isFilm(files[0])) setFilm(files[0]);
    else set({ key: unique(), name: files[0].name ?? "pasted.png", blob: files[0], url: URL.createObjectURL(files[0]) });
  }
}

function dropping() {
  const zone = (event) => (event.target.closest?.("#part-style") ? "style" : "photo");
  let depth = 0;
  const mark = (where) => (document.body.dataset.dropping = where);
  document.addEventListener("dragenter", () => depth++);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(zone(event));
  });
  document.addEventListener("dragleave", () => --depth <= 0 && mark(""));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    mark("");
    location.hash = "#studio";
    take([...event.dataTransfer.files], zone(event));
  });
}

function paste(event) {
  if (event.target.matches?.("input[type=text], input[type=password]")) return;
  const files = [...(event.clipboardData?.files ?? [])];
  take(files, document.activeElement?.closest("#part-style") ? "style" : "photo");
}

async function set(content) {
  discard(state.content);
  state.content = content;
  document.body.dataset.content = content.film ? "film" : "photo";
  wall.play(null);
  wall.bare();
  emit("content");
  emit("look");
  await wall.showBefore(content.url, t("alt.photo", { name: content.name }));
}

function discard(content) {
  if (content?.blob && !content.film) URL.revokeObjectURL(content.url);
}

/** Show a frame of the film; a film that the browser cannot play is painted without one. */
async function setFilm(file) {
  const film = { blob: file, url: URL.createObjectURL(file), name: file.name, duration: 0 };
  const video = (film.video = h("video", { muted: true, preload: "auto", playsInline: true }));
  const loaded = new Promise((resolve) => {
    video.onloadeddata = () => resolve(true);
    video.onerror = () => resolve(false);
    setTimeout(() => resolve(false), 8000);
  });
  video.src = film.url;
  if (!(await loaded) || !video.videoWidth) return withoutPreview(film);
  film.duration = Number.isFinite(video.duration) ? video.duration : 0;
  const range = $("#frame-at");
  Object.assign(range, { min: 0, max: film.duration, step: 0.04, value: film.duration / 3 });
  await still(film, film.duration / 3);
}

function withoutPreview(film) {
  set({ key: unique(), name: film.name, film, url: "pictures/film.svg", noPreview: true });
  emit("failed", new Problem({ type: "no-film-preview" }));
}

let seeking = 0;

function seek(at) {
  const film = state.content?.film;
  clearTimeout(seeking);
  if (film) seeking = setTimeout(() => still(film, at), 120);
}

/** Show the frame at `at` seconds as the content. */
async function still(film, at) {
  const { video } = film;
  const there = new Promise((resolve) => (video.onseeked = resolve));
  video.currentTime = Math.min(at, Math.max(0, film.duration - 0.05));
  await there;
  const share = Math.min(1, FRAME_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = new OffscreenCanvas(Math.round(video.videoWidth * share), Math.round(video.videoHeight * share));
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  $("#frame-time").textContent = `${clock(at, film.duration)} / ${clock(film.duration, film.duration)}`;
  $("#frame-at").style.setProperty("--fill", `${(at / film.duration) * 100}%`);
  await set({ key: film.url, name: film.name, blob, url: URL.createObjectURL(blob), film });
}
