/** The photos of one's own that a lesson learns from; without any, the service takes its own. */

import { $, h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { idOf } from "./sources.js";
import { on, state } from "./state.js";
import * as trouble from "./trouble.js";

const photos = []; // { blob, url, name, sending }

export function begin() {
  on("methods", render);
  on("language", render);
  $("#teach-photos-file").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  $("#teach-photos").addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    document.body.dataset.dropping = "";
    add([...event.dataTransfer.files]);
  });
}

function add(files) {
  const room = Math.max(0, (state.limits.train_photos ?? Infinity) - photos.length);
  for (const file of files.slice(0, room)) photos.push({ blob: file, url: URL.createObjectURL(file), name: file.name, sending: null });
  trouble.clear($("#teach-trouble"));
  if (files.length > room) trouble.show($("#teach-trouble"), { kind: "too-many-photos", message: "" });
  render();
}

function render() {
  $("#teach-photos-hint").textContent = t("teach.photos.hint", { most: state.limits.train_photos ?? "" });
  $("#teach-photos-list").replaceChildren(...photos.map(tile));
  $("#teach-photos").open ||= photos.length > 0;
}

function tile(photo) {
  const away = () => {
    const place = photos.indexOf(photo);
    photos.splice(place, 1);
    URL.revokeObjectURL(photo.url);
    render();
    ($("button", $("#teach-photos-list").children[Math.min(place, photos.length - 1)]) ?? $("#teach-photos-file")).focus();
  };
  const button = h("button", { type: "button", class: "bare", "aria-label": t("teach.remove", { name: photo.name }), onclick: away }, icon("close"));
  return h("li", {}, h("img", { src: photo.url, alt: photo.name }), button);
}

/** Send them, one after the other, so that they take no more of the service than a visitor does; return the form's fields. */
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
