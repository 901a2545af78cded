/** Error messages, shown where the error happened. */

import { h, icon } from "./dom.js";
import { hasText, language, t } from "./i18n.js";

/** The message for a problem in the visitor's language, then the service's own detail, which is in English. */
export function sentence(problem) {
  const key = `problem.${problem.kind}`;
  const values = { seconds: problem.retryAfter || 1, status: problem.status };
  const detail = problem.detail ?? problem.message ?? "";
  if (detail && language === "en") return [capital(detail), ""];
  const message = hasText(key) ? t(key, values) : t("problem.unknown", values);
  return [message, detail];
}

function capital(text) {
  const capitalized = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}

/** Show a problem at the end of `parent`, replacing the one shown; `again` adds a button that retries. */
export function show(parent, problem, again = null) {
  clear(parent);
  const [message, detail] = sentence(problem);
  const words = h("span", {}, message, detail && h("small", {}, detail));
  const retry = again && h("button", { type: "button", class: "plain", onclick: () => (clear(parent), again()) }, t("again"));
  const close = h("button", { type: "button", class: "bare", "aria-label": t("close"), onclick: () => clear(parent) });
  close.append(icon("close"));
  parent.append(h("div", { class: "trouble", role: "alert" }, icon("alert"), words, retry, close));
}

export function clear(parent) {
  for (const old of parent.querySelectorAll(":scope > .trouble")) old.remove();
}
