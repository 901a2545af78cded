/** Errors, said where they happen, in words, with what helps. */

import { h, icon } from "./dom.js";
import { knows, language, t } from "./i18n.js";

/** The sentence for a problem: ours in the visitor's language, then what the service said, which is in English. */
export function sentence(problem) {
  const key = `problem.${problem.kind}`;
  const values = { seconds: problem.retryAfter || 1, status: problem.status };
  const detail = problem.detail ?? problem.message ?? "";
  if (detail && language === "en") return [capital(detail), ""];
  const own = knows(key) ? t(key, values) : t("problem.unknown", values);
  return [own, detail];
}

function capital(text) {
  const whole = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** Show a problem at the end of `place`, in the stead of one that is there; `again` gives it a button. */
export function show(place, problem, again = null) {
  clear(place);
  const [own, detail] = sentence(problem);
  const words = h("span", {}, own, detail && h("small", {}, detail));
  const retry = again && h("button", { type: "button", class: "plain", onclick: () => (clear(place), again()) }, t("again"));
  const close = h("button", { type: "button", class: "bare", "aria-label": t("close"), onclick: () => clear(place) });
  close.append(icon("close"));
  place.append(h("div", { class: "trouble", role: "alert" }, icon("alert"), words, retry, close));
}

export function clear(place) {
  for (const old of place.querySelectorAll(":scope > .trouble")) old.remove();
}
