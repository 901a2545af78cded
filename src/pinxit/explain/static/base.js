// Elements, languages, pictures, feature maps and pointing, which all chapters use.

const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const $ = (id) => document.getElementById(id);

function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key in made && key !== "style" && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.flat());
  return made;
}

function svg(tag, props = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(props)) made.setAttribute(key, value);
  made.append(...children.flat());
  return made;
}

// Both languages side by side; the style sheet shows one.
const both = (en, zh) => [h("span", { lang: "en" }, en), h("span", { lang: "zh" }, zh)];
const caption = (en, zh) => h("figcaption", {}, both(en, zh));
const label = (en, zh) => `${en} / ${zh}`; // for names that only assistive technology reads

function number(value, digits = 3) {
  if (!value) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [head, power] = value.toExponential(digits - 1).split("e");
    return `${head.replace("-", "−")}·10${[...String(+power)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`;
  }
  return String(+value.toPrecision(digits)).replace("-", "−");
}

function photo(uri, alt = "") {
  return h("img", { src: uri, alt, decoding: "async" });
}

function framed(uri, alt) {
  return h("div", { className: "frame" }, photo(uri, alt));
}

// Buttons of which one is pressed; arrow keys are Tab and Enter, as for all buttons.
function choices(entries, chosen, pick) {
  const buttons = entries.map(([value, ...text]) => {
    const button = h("button", { type: "button" }, ...text);
    button.addEventListener("click", () => press(value));
    return button;
  });
  function press(value) {
    entries.forEach(([each], index) => buttons[index].setAttribute("aria-pressed", String(each === value)));
    pick(value);
  }
  const bar = h("div", { className: "bar", role: "group" }, buttons);
  return { bar, buttons, press, start: () => press(chosen) };
}

// ------------------------------------------------------------------------------------------------ colors of maps

const LIGHT = [[248, 246, 242], [236, 199, 160], [205, 92, 52], [110, 26, 24], [36, 8, 16]];
const DARK = [[30, 27, 25], [86, 34, 26], [190, 78, 48], [244, 160, 104], [255, 240, 214]];
const dark = matchMedia("(prefers-color-scheme: dark)");
let palette = [];
const redraws = new Set();

function mixPalette() {
  const stops = dark.matches ? DARK : LIGHT;
  palette = Array.from({ length: 256 }, (_, level) => {
    const at = (level / 255) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
    return stops[low].map((value, channel) => value + (at - low) * (stops[low + 1][channel] - value));
  });
}
mixPalette();
dark.addEventListener("change", () => (mixPalette(), redraws.forEach((draw) => draw())));

function paint(canvas, values, width, height, power = 0.7) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index++) {
    const color = palette[Math.max(0, Math.min(255, Math.round(255 * (values[index] / 255) ** power)))];
    image.data.set([color[0], color[1], color[2], 255], 4 * index);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// ------------------------------------------------------------------------------------------------ feature maps

const decoded = new Map();

async function pixels(uri) {
  const image = photo(uri);
  await image.decode();
  const canvas = h("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// The maps of an atlas, each w x h values from 0 to 255.
function mapsOf(atlas, count) {
  if (!decoded.has(atlas.uri)) {
    decoded.set(atlas.uri, pixels(atlas.uri).then((sheet) => Array.from({ length: count }, (_, index) => {
      const left = (index % atlas.columns) * atlas.w, top = Math.floor(index / atlas.columns) * atlas.h;
      const map = new Uint8Array(atlas.w * atlas.h);
      for (let row = 0; row < atlas.h; row++)
        for (let column = 0; column < atlas.w; column++)
          map[row * atlas.w + column] = sheet.data[4 * ((top + row) * sheet.width + left + column)];
      return map;
    })));
  }
  return decoded.get(atlas.uri);
}

function mapCanvas() {
  return h("canvas", { className: "map", width: 1, height: 1, style: "width:100%" });
}

// ------------------------------------------------------------------------------------------------ pointing

// Calls pick(row, column) for the cell of a grid over an element, by mouse, touch and arrow keys.
function pointable(element, grid, pick, name) {
  let at = [0, 0], last = "";
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", name);
  element.style.cursor = "crosshair";
  const go = (row, column) => {
    const [rows, columns] = grid();
    at = [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(columns - 1, column))];
    pick(...at);
  };
  element.addEventListener("pointerleave", () => (last = ""));
  const point = (event) => {
    const box = element.getBoundingClientRect(), [rows, columns] = grid();
    const cell = [Math.floor(((event.clientY - box.top) / box.height) * rows), Math.floor(((event.clientX - box.left) / box.width) * columns)];
    if (last !== String(cell)) go(...cell);
    last = String(cell);
  };
  element.addEventListener("pointermove", point);
  element.addEventListener("pointerdown", point);
  element.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    go(at[0] + move[0], at[1] + move[1]);
  });
  return go;
}

// A rectangle over a picture, in shares of its width and height.
function overlay() {
  const rect = svg("rect", { width: 0, height: 0 });
  const layer = svg("svg", { class: "overlay", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, rect);
  const show = (left, top, width, height) => {
    const x = Math.max(0, left), y = Math.max(0, top);
    const box = { x, y, width: Math.min(1, left + width) - x, height: Math.min(1, top + height) - y };
    for (const [key, value] of Object.entries(box)) rect.setAttribute(key, value);
    return box;
  };
  return { layer, show };
}

// Draws the part of a picture that a box (shares) covers, on a square.
function crop(canvas, image, box, side = 160) {
  canvas.width = canvas.height = side;
  const width = box.width * image.naturalWidth, height = box.height * image.naturalHeight;
  const scale = side / Math.max(width, height, 1e-6);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(image, box.x * image.naturalWidth, box.y * image.naturalHeight, width, height,
    (side - width * scale) / 2, (side - height * scale) / 2, width * scale, height * scale);
}
