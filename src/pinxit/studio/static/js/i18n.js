/** English and Chinese: texts, numbers and times. */

import en from "./words.en.js";
import zh from "./words.zh.js";
import { $$ } from "./dom.js";
import { emit } from "./state.js";

const WORDS = { en, zh };
const STORED = "pinxit.language";

export let language = preferred();

function preferred() {
  let saved = null;
  try {
    saved = localStorage.getItem(STORED);
  } catch {
    // the browser stores nothing
  }
  if (saved in WORDS) return saved;
  const first = (navigator.languages ?? [navigator.language]).find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The text for `key` with its {placeholders} filled in; the key itself where there is none. */
export function t(key, values = {}) {
  const words = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether the current language has a text for `key`. */
export const hasText = (key) => key in WORDS[language];

/** Choose from {"en": …, "zh": …} by language; a plain string is returned as it is. */
export function pick(title) {
  return typeof title === "string" ? title : (title?.[language] ?? title?.en ?? Object.values(title ?? {})[0] ?? "");
}

export function setLanguage(next) {
  language = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // then it applies to this visit only
  }
  translate();
  emit("language");
}

/** Fill in every data-t (text), data-t-label (aria-label) and data-t-title of the page. */
export function translate(root = document) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = t("page.title");
  for (const element of $$("[data-t]", root)) element.textContent = t(element.dataset.t);
  for (const element of $$("[data-t-label]", root)) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of $$("[data-t-title]", root)) element.title = t(element.dataset.tTitle);
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

export function percent(share) {
  return new Intl.NumberFormat(language, { style: "percent" }).format(share);
}

/** A duration as text: "0.4 s", "1 min 20 s". */
export function duration(seconds) {
  if (seconds < 10) return t("time.seconds", { s: number(Math.max(seconds, 0.1), 1) });
  const rounded = Math.round(seconds);
  if (rounded < 60) return t("time.seconds", { s: number(rounded) });
  if (rounded < 3600) return t("time.minutes", { m: Math.floor(rounded / 60), s: rounded % 60 });
  return t("time.hours", { h: Math.floor(rounded / 3600), m: Math.round((rounded % 3600) / 60) });
}

/** A position in a film: 1:05, or 3.2 in films under ten seconds. */
export function clock(seconds, of) {
  if (of < 10) return seconds.toFixed(1);
  const rounded = Math.floor(seconds);
  return `${Math.floor(rounded / 60)}:${String(rounded % 60).padStart(2, "0")}`;
}

export function when(date) {
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en", { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(date),
  );
}
