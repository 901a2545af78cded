/** Pictures on their way to the service: made acceptable, sent once, then named by their id. */

import { Problem, upload } from "./api.js";
import { state } from "./state.js";

const ACCEPTED = new Set(["image/jpeg", "image/png", "image/webp"]);
const CONVERTED_SIDE = 4096; // px, of pictures that the browser has to convert
const FILMS = /\.(mp4|m4v|mov|mkv|webm|avi)$/i;

export const isFilm = (file) => file.type.startsWith("video/") || FILMS.test(file.name ?? "");
export const isCode = (file) => /\.style$/i.test(file.name ?? "");

/** Return the file, or what the browser makes of it where the service would refuse its format or its bytes. */
export async function acceptable(file) {
  const most = state.limits.image_bytes ?? Infinity;
  if (isCode(file) || (ACCEPTED.has(file.type) && file.size <= most)) return file;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    if (ACCEPTED.has(file.type)) return file; // the service knows better what is wrong with it
    throw new Problem({ type: "not-a-picture" });
  }
  const share = Math.min(1, CONVERTED_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * share), Math.round(bitmap.height * share));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  return new File([blob], file.name ?? "picture.jpg", { type: "image/jpeg" });
}

const sent = new Set(); // everything that carries the id of an upload

/** Return the id under which the service keeps `thing.blob`, sending it first where it must. */
export async function idOf(thing) {
  if (thing.named) return thing.named; // a style that the service knows by name
  thing.sending ??= send(thing).catch((error) => {
    thing.sending = null;
    throw error;
  });
  return (await thing.sending).id;
}

async function send(thing) {
  thing.blob ??= await (await fetch(thing.file)).blob();
  const told = await upload(await acceptable(thing.blob));
  sent.add(thing);
  if (told.width) Object.assign(thing, { width: told.width, height: told.height });
  return told;
}

/** The service has forgotten its uploads (they last an hour, or it was started anew): send all again when needed. */
export function forgetUploads() {
  for (const thing of sent) thing.sending = null;
  sent.clear();
}

/** Do `work`; once more, with everything sent anew, if the service no longer knew an upload. */
export async function withUploads(work) {
  try {
    return await work();
  } catch (error) {
    if (error.status !== 404) throw error;
    forgetUploads();
    return work();
  }
}
