/** The visitor's photos to train on; without any the service uses its own. */

import { $, h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { idOf } from "./sources.js";
import { on, state } from "./state.js";
import * as trouble from "./trouble.js";

const photos = []; // { blob, url, name, sending }

export function begin() {
  on("methods", render);
  on("language", render);
  $("#train-photos-file").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  $("#train-photos").addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    document.body.dataset.dropping = "";
    add([...event.dataTransfer.files]);
  });
}

function add(files) {
  const room = Math.max(0, (state.limits.train_photos ?? Infinity) - photos.length);
  for (const file of files.slice(0, room)) photos.push({ blob: file, url: URL.createObjectURL(file), name: file.name, sending: null });
  trouble.clear($("#train-trouble"));
  if (files.length > room) trouble.show($("#train-trouble"), { kind: "too-many-photos", message: "" });
  render();
}

function render() {
  $("#train-photos-hint").textContent = t("train.photos.hint", { most: state.limits.train_photos ?? "" });
  $("#train-photos-list").replaceChildren(...photos.map(tile));
  $("#train-photos").open ||= photos.length > 0;
}

function tile(photo) {
  const away = () => {
    const index = photos.indexOf(photo);
    photos.splice(index, 1);
    URL.revokeObjectURL(photo.url);
    render();
    ($("button", $("#train-photos-list").children[Math.min(index, photos.length - 1)]) ?? $("#train-photos-file")).focus();
  };
  const button = h("button", { type: "button", class: "bare", "aria-label": t("train.remove", { name: photo.name }), onclick: away }, icon("close"));
  return h("li", {}, h("img", { src: photo.url, alt: photo.name }), button);
}

/** Upload the photos one after the other, to take little of the service; return the form's fields. */
export async function fields() {
  const ids = [];
  for (const photo of photos) ids.push(await idOf(photo));
  return ids.map((id) => ["photo", id]);
}

export function clear() {
  for (const photo of photos) URL.revokeObjectURL(photo.url);
  photos.length = 0;
  render();
}
