/** Functions for building the page. */

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Properties that begin with "on" are listeners, "class", "data-*", "aria-*" and other
 * names with a dash are attributes, the rest are set on the element; null and false children are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An icon of icons.svg, hidden from screen readers: the text or label beside it says the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Return a random identifier. */
export function unique() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** Download a blob, or a path of the server, under a name. */
export function save(source, name) {
  const url = typeof source === "string" ? source : URL.createObjectURL(source);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  if (url !== source) setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Announce a text to screen readers. */
export function announce(text) {
  const region = $("#live");
  if (region) region.textContent = text;
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Return a function of a delay in ms that calls `work` once no call came within its delay. */
export function debounced(work) {
  let timer = 0;
  return (delay) => {
    clearTimeout(timer);
    timer = setTimeout(work, delay);
  };
}
