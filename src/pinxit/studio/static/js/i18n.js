/** Two languages: the words, the numbers and the times of each. */

import en from "./words.en.js";
import zh from "./words.zh.js";
import { $$ } from "./dom.js";
import { emit } from "./state.js";

const WORDS = { en, zh };
const KEPT = "pinxit.language";

export let language = preferred();

function preferred() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // a browser that keeps nothing
  }
  if (kept in WORDS) return kept;
  const first = (navigator.languages ?? [navigator.language]).find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The words for `key`, with {name}s filled in; the key itself where there are none. */
export function t(key, values = {}) {
  const words = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether there are words for `key` in the present language. */
export const knows = (key) => key in WORDS[language];

/** The right one of {"en": …, "zh": …}; a plain string stays as it is. */
export function pick(title) {
  return typeof title === "string" ? title : (title?.[language] ?? title?.en ?? Object.values(title ?? {})[0] ?? "");
}

export function setLanguage(next) {
  language = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // then only for this visit
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

/** Seconds as people say them: "0.4 s", "1 min 20 s". */
export function duration(seconds) {
  if (seconds < 10) return t("time.seconds", { s: number(seconds, 1) });
  const whole = Math.round(seconds);
  if (whole < 60) return t("time.seconds", { s: number(whole) });
  if (whole < 3600) return t("time.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
  return t("time.hours", { h: Math.floor(whole / 3600), m: Math.round((whole % 3600) / 60) });
}

/** Seconds as a clock shows them: 1:05; of something short with tenths: 3.2. */
export function clock(seconds, of) {
  if (of < 10) return seconds.toFixed(1);
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function when(date) {
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en", { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(date),
  );
}
