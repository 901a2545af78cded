/** Uploads: each picture is converted where needed, sent once, then named by its id. */

import { Problem, upload } from "./api.js";
import { state } from "./state.js";

const ACCEPTED = new Set(["image/jpeg", "image/png", "image/webp"]);
const CONVERTED_SIDE = 4096; // px, long side of pictures that the browser converts
const FILMS = /\.(mp4|m4v|mov|mkv|webm|avi)$/i;

export const isFilm = (file) => file.type.startsWith("video/") || FILMS.test(file.name ?? "");
export const isCode = (file) => /\.style$/i.test(file.name ?? "");

/** Return the file, converted to JPEG where the service would refuse its format or size. */
export async function acceptable(file) {
  const most = state.limits.image_bytes ?? Infinity;
  if (isCode(file) || (ACCEPTED.has(file.type) && file.size <= most)) return file;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    if (ACCEPTED.has(file.type)) return file; // the service says what is wrong with it
    throw new Problem({ type: "not-a-picture" });
  }
  const share = Math.min(1, CONVERTED_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * share), Math.round(bitmap.height * share));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  return new File([blob], file.name ?? "picture.jpg", { type: "image/jpeg" });
}

const sent = new Set(); // whatever holds the id of an upload

/** Return the upload id of `thing.blob`, uploading it first where needed. */
export async function idOf(thing) {
  if (thing.named) return thing.named; // one of the service's named styles
  thing.sending ??= send(thing).catch((error) => {
    thing.sending = null;
    throw error;
  });
  return (await thing.sending).id;
}

async function send(thing) {
  thing.blob ??= await (await fetch(thing.file)).blob();
  const received = await upload(await acceptable(thing.blob));
  sent.add(thing);
  if (received.width) Object.assign(thing, { width: received.width, height: received.height });
  return received;
}

/** Upload everything again when needed: the service deletes uploads after an hour and on a restart. */
export function forgetUploads() {
  for (const thing of sent) thing.sending = null;
  sent.clear();
}

/** Do `work`; where an upload was deleted, upload everything again and retry once. */
export async function withUploads(work) {
  try {
    return await work();
  } catch (error) {
    if (error.status !== 404) throw error;
    forgetUploads();
    return work();
  }
}
