/** "How it works": a page that explains style transfer with the picture on the wall, made by a job of the service. */

import { $ } from "./dom.js";
import { language, t } from "./i18n.js";
import * as jobs from "./jobs.js";
import { isCodeOnly } from "./palette.js";
import { emit, kindOf, on, state } from "./state.js";
import * as trouble from "./trouble.js";

const pages = new Map(); // photo and style -> id of the job that explains them
let sending = false;

export function begin() {
  for (const topic of ["styles", "content", "painted", "works", "methods", "language"]) on(topic, refresh);
  on("job", (job) => job.kind === "explain" && ended(job));
  $("#explain").addEventListener("click", start);
  refresh();
}

/** The address of a finished page, in the visitor's language. */
export const pageOf = (job) => `${job.links.result}?language=${language}`;

/** The first style with a picture; a style code has none. */
const style = () => state.styles.find((one) => !isCodeOnly(one));
const pair = () => `${state.content?.key} ${style()?.key}`;

function refresh() {
  const kind = kindOf("explain");
  const job = jobs.jobs.get(pages.get(pair()));
  const done = job?.state === "done";
  $("#explain").hidden = !kind || done;
  $("#explain").disabled = !kind?.available || !state.content || state.content.noPreview || !style() || sending || Boolean(job && jobs.alive(job));
  $("#explain").title = kind && !kind.available ? t("missing", { what: kind.missing }) : t(style() ? "explain.hint" : "beautify.code");
  $("#explanation").hidden = !done;
  if (done) $("#explanation").href = pageOf(job);
}

async function start() {
  const wanted = pair();
  sending = true;
  refresh();
  try {
    pages.set(wanted, (await jobs.explain(style())).id);
  } catch (error) {
    emit("failed", error);
  } finally {
    sending = false;
    refresh();
  }
}

function ended(job) {
  if (job.state === "failed" || job.state === "interrupted") trouble.show($("#trouble"), { kind: job.state, ...trouble.ofJob(job) });
  refresh();
}
