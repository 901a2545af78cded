/** Error messages, shown where the error happened. */

import { h, icon } from "./dom.js";
import { hasText, language, t } from "./i18n.js";
import { most } from "./sources.js";

const LASTS = 20_000; // ms that a problem which outlives a painting is shown

/** The message for a problem in the visitor's language, then the service's own detail, which is in English. */
export function sentence(problem) {
  const key = `problem.${problem.kind}`;
  const field = hasText(`option.${problem.field}`) ? t(`option.${problem.field}`) : "";
  const values = { ...most(), seconds: problem.retryAfter || 1, status: problem.status, field };
  const detail = problem.detail ?? problem.message ?? "";
  if (detail && language === "en") return [capital(detail), ""];
  const own = field && hasText(`${key}.field`) ? `${key}.field` : key;
  const message = hasText(own) ? t(own, values) : t("problem.unknown", values);
  return [message, detail];
}

function capital(text) {
  const capitalized = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}

/** The message, and behind a click the service's own words where they are in another language. */
export function inWords(problem) {
  const [message, detail] = sentence(problem);
  return [message, detail && h("details", {}, h("summary", {}, t("trouble.detail")), detail)];
}

/** The error of a job as a problem. */
export const ofJob = ({ error }) => (error ? { ...error, kind: (error.type ?? "").split(":").pop() || "failed" } : {});

/** Show a problem in `parent`, replacing the one shown; `again` adds a button that retries. `lasting` ones outlive a painting. */
export function show(parent, problem, again = null, lasting = false) {
  clear(parent);
  const words = h("span", {}, ...inWords(problem));
  const retry = again && h("button", { type: "button", class: "plain", onclick: () => (clear(parent), again()) }, t("again"));
  const close = h("button", { type: "button", class: "bare", "aria-label": t("close"), onclick: () => clear(parent) });
  close.append(icon("close"));
  const box = h("div", { class: lasting ? "trouble lasting" : "trouble", role: "alert" }, icon("alert"), words, retry, close);
  parent.append(box);
  if (lasting) setTimeout(leave, LASTS, box);
}

/** Remove a problem, but not while it is read. */
function leave(box) {
  if (box.matches(":hover, :focus-within, :has([open])")) setTimeout(leave, LASTS, box);
  else box.remove();
}

/** Remove the problem shown; with `painted` only if it is not a lasting one. */
export function clear(parent, painted = false) {
  for (const old of parent.querySelectorAll(`:scope > .trouble${painted ? ":not(.lasting)" : ""}`)) old.remove();
}
