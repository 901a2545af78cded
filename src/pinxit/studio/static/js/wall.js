/** The picture: photo and painting with a divider between them. */

import { $, clamp } from "./dom.js";
import { percent, t } from "./i18n.js";

const stage = $("#stage");
const frame = $("#frame");
const before = $("#before");
const after = $("#after");
const film = $("#playback");
const divider = $("#divider");

/** Give the frame the shape of a picture. */
export function fit(width, height) {
  if (!width || !height) return;
  frame.style.setProperty("--ratio", String(width / height));
  frame.style.setProperty("--natural", `${width}px`);
  frame.dataset.width = width;
  frame.dataset.height = height;
}

export function showBefore(url, alt) {
  before.alt = alt;
  return load(before, url);
}

/** Show a painting once it is decoded, so that nothing flickers. */
export async function showAfter(url, alt) {
  const ready = new Image();
  ready.src = url;
  await ready.decode().catch(() => {});
  after.alt = alt;
  after.src = url;
  stage.dataset.state = "painted";
  return { width: ready.naturalWidth, height: ready.naturalHeight };
}

/** Show the photo alone: nothing is painted yet. */
export function bare() {
  stage.dataset.state = "bare";
  after.removeAttribute("src");
}

async function load(image, url) {
  image.src = url;
  await image.decode().catch(() => {});
  if (image.naturalWidth) fit(image.naturalWidth, image.naturalHeight);
  return image;
}

export function busy(whether) {
  stage.classList.toggle("busy", whether);
  frame.setAttribute("aria-busy", String(whether));
}

/** Play a film in place of the picture; null removes it. */
export function play(url) {
  stage.classList.toggle("playing", Boolean(url));
  if (url) {
    film.src = url;
    film.play().catch(() => {}); // some browsers play only after a touch
  } else if (film.hasAttribute("src")) {
    film.pause();
    film.removeAttribute("src");
    film.load();
  }
}

/** Move the divider: 0 shows the painting alone, 1 the photo alone. */
export function divide(share) {
  const at = clamp(share, 0, 1);
  frame.style.setProperty("--split", String(at));
  divider.value = String(Math.round(at * 100));
  divider.setAttribute("aria-valuetext", t("compare.value", { share: percent(at) }));
  frame.dataset.split = at.toFixed(2);
}

const shareAt = (event) => {
  const box = frame.getBoundingClientRect();
  return (event.clientX - box.left) / box.width;
};

/** Drag the divider anywhere on the picture; vertical swipes still scroll the page. */
export function begin() {
  divider.addEventListener("input", () => divide(Number(divider.value) / 100));
  frame.addEventListener("pointerdown", (event) => {
    if (stage.classList.contains("masking") || stage.classList.contains("playing") || event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    frame.classList.add("dragging");
    divide(shareAt(event));
    divider.focus({ preventScroll: true, focusVisible: false });
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId) && frame.classList.contains("dragging")) divide(shareAt(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    frame.addEventListener(end, () => frame.classList.remove("dragging"));
  }
  divide(0.35);
}
