/** The region of one style as a mask: white where the style applies. */

import { unique } from "./dom.js";

export const SIDE = 768; // px, long side of a mask

export class Mask {
  constructor(ratio) {
    const width = Math.round(SIDE * Math.min(1, ratio));
    const height = Math.round(SIDE / Math.max(1, ratio));
    this.canvas = Object.assign(document.createElement("canvas"), { width, height });
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.painted = false;
    this.made = null;
  }

  /** Draw from one point to the next; x, y and radius in pixels of the mask, softness from 0 (hard) to 1. */
  line(from, to, radius, softness, erase) {
    const distance = Math.hypot(to.x - from.x, to.y - from.y);
    const dabs = Math.max(1, Math.ceil(distance / Math.max(1, radius / 5)));
    this.pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
    for (let dab = 1; dab <= dabs; dab++) {
      const share = dab / dabs;
      this.dab(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share, radius, softness);
    }
  }

  dab(x, y, radius, softness) {
    const edge = this.pen.createRadialGradient(x, y, radius * (1 - softness) * 0.98, x, y, radius);
    edge.addColorStop(0, softness > 0.5 ? "rgba(255,255,255,0.6)" : "#fff");
    edge.addColorStop(1, "rgba(255,255,255,0)");
    this.pen.fillStyle = edge;
    this.pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }

  clear() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** After a stroke, make the picture to upload. */
  async finish() {
    const { width, height } = this.canvas;
    this.painted = this.pen.getImageData(0, 0, width, height).data.some((value, index) => index % 4 === 3 && value > 8);
    const black = new OffscreenCanvas(width, height);
    const pen = black.getContext("2d");
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, width, height);
    pen.drawImage(this.canvas, 0, 0);
    const blob = await black.convertToBlob({ type: "image/png" });
    this.made = { key: unique(), blob, sending: null };
  }

  /** Return the mask of such a picture to upload, at the given ratio. */
  static async of(made, ratio) {
    return Object.assign(await Mask.from(made.blob, ratio), { made });
  }

  /** Return the mask that a picture shows, at the given ratio. */
  static async from(blob, ratio) {
    const mask = new Mask(ratio);
    const { width, height } = mask.canvas;
    const bitmap = await createImageBitmap(blob);
    mask.pen.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const pixels = mask.pen.getImageData(0, 0, width, height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at + 3] = pixels.data[at]; // white on black to white on nothing
      pixels.data.fill(255, at, at + 3);
    }
    mask.pen.putImageData(pixels, 0, 0);
    await mask.finish();
    return mask;
  }

  source() {
    return this.made;
  }
}
