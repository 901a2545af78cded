/** The photo or film to paint: chosen, dropped, pasted, or one of the examples. */

import { Problem } from "./api.js";
import { $, $$, h, unique, wait } from "./dom.js";
import { clock, pick, t } from "./i18n.js";
import * as palette from "./palette.js";
import { isCode, isFilm, usable, usableFilm } from "./sources.js";
import { emit, on, state } from "./state.js";
import * as wall from "./wall.js";

const FRAME_SIDE = 1280; // px, long side of the frame that stands for a film
const SAVING = 500; // ms that a photo may wait, until it is shown, for being saved

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

export const exampleOf = (example) => ({ ...example, name: `${example.key}.jpg`, example: true });
export const showExample = (example) => set(exampleOf(example));

let taking = 0;

/** Use files as "photo" (or film) or as "style". Of several photos the first is the content, the rest are styles. */
export async function take(files, target) {
  if (!files.length) return;
  const mine = ++taking;
  const asPhoto = target !== "style" && !isCode(files[0]) ? files[0] : null;
  emit("painting", true);
  try {
    const photo = asPhoto && (await contentOf(asPhoto));
    const styles = await Promise.all(files.filter((file) => file !== asPhoto).map(usable));
    if (mine !== taking) return;
    if (styles.length) palette.add(styles);
    if (photo) await set(photo);
  } catch (error) {
    emit("failed", error);
  } finally {
    if (mine === taking) emit("settled");
  }
}

async function contentOf(file) {
  if (await isFilm(file)) return filmOf(await usableFilm(file));
  const blob = await usable(file);
  return { key: unique(), name: file.name || "pasted.png", blob, scaled: blob.scaled };
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
    const files = [...event.dataTransfer.files];
    if (!files.length) emit("failed", new Problem({ type: "no-file" }));
    take(files, zone(event));
  });
}

function paste(event) {
  if (event.target.matches?.("input[type=text], input[type=password]")) return;
  const files = [...(event.clipboardData?.files ?? [])];
  take(files, document.activeElement?.closest("#part-style") ? "style" : "photo");
}

async function set(content) {
  const shown = show(content);
  emit("look");
  await shown;
}

let own = false; // whether a photo or film of the visitor's was shown; until then the page says what to do

/** Show a photo or film without painting it. */
export async function show(content) {
  if (state.content?.blob) URL.revokeObjectURL(state.content.url);
  state.content = content;
  own ||= !content.example;
  $("#order").hidden = own;
  content.url = content.blob ? URL.createObjectURL(content.blob) : content.file;
  document.body.dataset.content = content.film ? "film" : "photo";
  wall.play(null);
  wall.bare();
  const saved = Promise.race([emit("content"), wait(SAVING)]);
  if (content.film?.video) showPlace(content.film);
  if (content.noPreview) emit("failed", new Problem({ type: "no-film-preview" }));
  await saved; // what is seen is found again by a reload
  if (state.content === content) await wall.showBefore(content.url, t("alt.photo", { name: content.name }));
}

/** Return a film as content, with the frame at `at` seconds, by default at a third; without one if the browser cannot play it. */
export async function filmOf(file, at = null, key = unique()) {
  const film = { key, blob: file, url: URL.createObjectURL(file), name: file.name, duration: 0, at };
  const video = h("video", { muted: true, preload: "auto", playsInline: true });
  const loaded = new Promise((resolve) => {
    video.onloadeddata = () => resolve(true);
    video.onerror = () => resolve(false);
    setTimeout(() => resolve(false), 8000);
  });
  video.src = film.url;
  if (!(await loaded) || !video.videoWidth) return { key, name: film.name, film, file: "pictures/film.svg", noPreview: true };
  film.video = video;
  film.duration = Number.isFinite(video.duration) ? video.duration : 0;
  if (film.duration > (state.limits.film_seconds ?? Infinity)) throw new Problem({ type: "film-too-long" });
  return still(film, at ?? film.duration / 3);
}

let seeking = 0;

function seek(at) {
  const film = state.content?.film;
  clearTimeout(seeking);
  if (film?.video) seeking = setTimeout(async () => set(await still(film, at)), 120);
}

/** Return the frame at `at` seconds as content. */
async function still(film, at) {
  const { video } = film;
  film.at = at;
  const there = new Promise((resolve) => (video.onseeked = resolve));
  video.currentTime = Math.min(at, Math.max(0, film.duration - 0.05));
  await there;
  const share = Math.min(1, FRAME_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = new OffscreenCanvas(Math.round(video.videoWidth * share), Math.round(video.videoHeight * share));
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  return { key: film.key, name: film.name, blob, film };
}

/** Show which frame of the film stands for it. */
function showPlace({ at, duration }) {
  Object.assign($("#frame-at"), { min: 0, max: duration, step: 0.04, value: at });
  $("#frame-time").textContent = `${clock(at, duration)} / ${clock(duration, duration)}`;
  $("#frame-at").style.setProperty("--fill", `${(at / duration) * 100}%`);
}
