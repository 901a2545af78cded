/** Files: what they are, made fit for the service, and uploaded once; then they are named by the upload's id. */

import { Problem, upload } from "./api.js";
import { number } from "./i18n.js";
import { state } from "./state.js";

const CONVERTED_SIDE = 4096; // px, long side of pictures in other formats, which the browser converts
const FILM_NAMES = /\.(mp4|m4v|mov|mkv|webm|avi)$/i;
const FILM_BOXES = ["ftyp", "moov", "mdat", "wide"]; // bytes 4 to 8 of MP4 and MOV
const PICTURE_BRANDS = ["avif", "avis", "heic", "heix", "mif1", "msf1", "hevc"];
const OPAQUE = new Set(["image/jpeg", "image/heic", "image/bmp"]);

export const isCode = (file) => /\.style$/i.test(file.name ?? "");

/** The format by the first bytes: "jpeg", "png", "webp", "film", or "". */
async function formatOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer().catch(() => new ArrayBuffer(0)));
  const at = (from, to) => String.fromCharCode(...bytes.slice(from, to));
  if (at(0, 3) === "\xff\xd8\xff") return "jpeg";
  if (at(1, 4) === "PNG") return "png";
  if (at(0, 4) === "RIFF") return { "WEBP": "webp", "AVI ": "film" }[at(8, 12)] ?? "";
  const isBox = FILM_BOXES.includes(at(4, 8)) && !(at(4, 8) === "ftyp" && PICTURE_BRANDS.includes(at(8, 12)));
  return isBox || at(0, 4) === "\x1aE\xdf\xa3" ? "film" : "";
}

/** Whether a file is a film, or calls itself one. */
export async function isFilm(file) {
  return (await formatOf(file)) === "film" || file.type.startsWith("video/") || FILM_NAMES.test(file.name ?? "");
}

/** Return a film that the service may take. Throws a Problem. */
export async function usableFilm(file) {
  if ((await formatOf(file)) !== "film") throw new Problem({ type: "bad-film" });
  if (file.size > (state.limits.film_bytes ?? Infinity)) throw new Problem({ type: "film-too-large" });
  return file;
}

/** Return a picture that the service takes: the file, or what the browser made of it. Throws a Problem. */
export async function usable(file) {
  if (isCode(file)) return file;
  const { image_bytes = Infinity, image_pixels = Infinity, image_side = Infinity, image_least = 1, image_aspect = Infinity } = state.limits;
  const size = await measured(file);
  const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)];
  if (short < image_least || long > image_aspect * short) throw new Problem({ type: "bad-shape" });
  const taken = ["jpeg", "png", "webp"].includes(await formatOf(file));
  const share = Math.min(1, image_side / long, Math.sqrt(image_pixels / (short * long)), taken ? 1 : CONVERTED_SIDE / long);
  if (taken && share === 1 && file.size <= image_bytes) return copied(file);
  for (let scale = share; scale * short >= image_least; scale *= 0.75) {
    const made = await scaled(file, size, scale);
    if (made.size <= image_bytes) return Object.assign(made, { scaled: scale < 1 || file.size > image_bytes });
  }
  throw new Problem({ type: "too-large" });
}

/** A copy of a file in memory: the one on the disk may change, and a browser then refuses to read it. */
const copied = async (file) => new File([await file.arrayBuffer()], file.name || "picture", { type: file.type });

/** The size of a picture in pixels, upright; not all of it is decoded for that. */
async function measured(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  const read = new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject }));
  image.src = url;
  try {
    await read;
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    throw new Problem({ type: "not-a-picture" });
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function scaled(file, { width, height }, share) {
  const size = [width, height].map((side) => Math.max(1, Math.floor(side * share)));
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Problem({ type: "too-large" });
  });
  const canvas = new OffscreenCanvas(...size);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, ...size);
  bitmap.close();
  const type = OPAQUE.has(file.type) ? "image/jpeg" : "image/webp"; // WebP keeps transparency
  const blob = await canvas.convertToBlob({ type, quality: 0.95 });
  return new File([blob], file.name || "picture", { type: blob.type });
}

/** What the service takes at most, as values for a text. */
export const most = () => ({
  megabytes: number((state.limits.image_bytes ?? 0) / 2 ** 20),
  megapixels: number((state.limits.image_pixels ?? 0) / 1e6),
  film: number((state.limits.film_bytes ?? 0) / 2 ** 20),
  length: number(state.limits.film_seconds ?? 0),
});

const sent = new Set(); // whatever holds the id of an upload

/** Return the upload id of `thing.blob`, uploading it first where needed. */
export async function idOf(thing) {
  if (thing.named) return thing.named; // one of the service's named styles
  thing.sending ??= send(thing).catch((error) => {
    thing.sending = null;
    throw Object.assign(error, { thing });
  });
  return (await thing.sending).id;
}

async function send(thing) {
  thing.blob ??= await (await fetch(thing.file)).blob();
  return receivedAs(thing, await upload(await usable(thing.blob))).received;
}

/** Note the service's answer to an upload of a thing, perhaps from an earlier visit; return the thing. */
export function receivedAs(thing, received) {
  if (!received) return thing;
  const { id, width, height } = received;
  sent.add(thing);
  if (width) Object.assign(thing, { width, height });
  return Object.assign(thing, { received: { id, width, height }, sending: Promise.resolve(received) });
}

/** Upload everything again when needed: the service deletes uploads after an hour and on a restart. */
export function forgetUploads() {
  for (const thing of sent) Object.assign(thing, { sending: null, received: null });
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
