/** Names of downloaded files: photo, styles and method, as in "harbor-Swirls-adain.png". */

import { pick } from "./i18n.js";

const ENDINGS = { jpeg: "jpg", tiff: "tif" };
const LONGEST = 60; // characters of photo or styles

/** The letters and digits of a text, and "-" in place of all else between them. */
const plain = (text) => text.replace(/[^\p{L}\p{N}\p{M}]+/gu, "-").replace(/^-|-$/g, "").slice(0, LONGEST);

/** `photo` is a file's name or a title, `styles` have titles; an empty method is left out. */
export function fileName(photo, styles, method, format) {
  const stem = pick(photo ?? "").replace(/\.[^.]*$/, "");
  const parts = [stem, styles.map((style) => pick(style.title ?? style.name)).join("-"), method].map(plain);
  return `${parts.filter(Boolean).join("-") || "pinxit"}.${ENDINGS[format] ?? format}`;
}
