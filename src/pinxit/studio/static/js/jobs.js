/** Long jobs: start, follow, stop and cancel them, and show their progress. */

import { deleteJob, follow, listJobs, startJob, stopJob, uploadWatched } from "./api.js";
import { announce, h, icon } from "./dom.js";
import { duration, percent, t } from "./i18n.js";
import * as store from "./store.js";
import { latest } from "./painter.js";
import { fieldsOf, settings } from "./request.js";
import { idOf, receivedAs, withUploads } from "./sources.js";
import { emit, kindOf, method, state } from "./state.js";

export const jobs = new Map(); // id -> the job as the service last sent it, with `previewUrl`
const LIVE = new Set(["queued", "running"]);
const STOPS = new Set(["optimize", "train"]); // kinds of jobs that can be finished early

export const alive = (job) => LIVE.has(job.state);
export const live = () => [...jobs.values()].filter(alive);

/** List the service's jobs and follow the running ones. */
export async function begin() {
  for (const job of await listJobs().catch(() => [])) {
    remember(job);
    if (alive(job)) watch(job.id);
  }
  emit("works");
}

function remember(job) {
  const former = jobs.get(job.id) ?? {};
  const previewUrl = job.preview ? `${job.links.preview}?index=${job.preview.index}` : former.previewUrl;
  jobs.set(job.id, { ...former, ...job, previewUrl });
  return jobs.get(job.id);
}

function watch(id) {
  follow(id, (event, data) => {
    const job = jobs.get(id);
    if (!job) return;
    if (event === "progress") Object.assign(job, { progress: data, state: "running" });
    else if (event === "preview") job.previewUrl = data.url;
    else remember(data);
    if (event === "done") announce(t("job.done", { kind: t(`kind.${job.kind}`) }));
    emit("job", jobs.get(id));
    if (event === "done" || event === "error" || event === "state") emit("works");
  });
}

async function start(fields, title, { poster, how = settings() } = {}) {
  const job = remember({ ...(await startJob(fields)), title });
  await store.put("works", { id: job.id, kind: job.kind, created: job.created, title, poster, settings: how });
  watch(job.id);
  emit("job", job);
  emit("works");
  return job;
}

/** "Make it beautiful": paint with the current settings by optimization; `size` is the long side where it is another, px. */
export function beautify(size = 0) {
  return withUploads(async () => {
    const fields = await fieldsOf({ method: kindOf("optimize").methods[0], content: state.content, groups: ["look", "optimize"], format: "png" });
    const sized = size ? [...fields.filter(([name]) => name !== "size"), ["size", size]] : fields;
    return start([["kind", "optimize"], ...sized], titleOf(state.content), { poster: poster() });
  });
}

/** Paint the film; `progress(share)` is called during the upload. */
export async function paintFilm(progress, signal) {
  const { film } = state.content;
  return withUploads(async () => {
    film.sending ??= uploadWatched(film.blob, progress, signal).then((received) => receivedAs(film, received).received);
    await film.sending.catch((error) => {
      film.sending = null;
      throw error;
    });
    const fields = await fieldsOf({ method: method(), content: film, groups: ["look", "onepass", "film"], format: "mp4" });
    return start([["kind", "video"], ...fields], film.name, { poster: poster() });
  });
}

/** "How it works": a page that explains style transfer with the photo and one of its styles. */
export function explain(style) {
  return withUploads(async () => {
    const { styles, ...rest } = settings();
    const how = { ...rest, styles: styles.filter(({ key }) => key === style.key) };
    const fields = [["kind", "explain"], ["content", await idOf(state.content)], ["style", await idOf(style)]];
    return start(fields, titleOf(state.content), { poster: poster(), how });
  });
}

const titleOf = (content) => (content.example ? content.title : content.name);
const poster = () => (latest()?.content === state.content ? latest().blob : undefined);

/** Train styles: `fields` are the form's, options of the kind "train". */
export const train = (fields, title) => start([["kind", "train"], ...fields], title, { how: null });

export async function cancel(job) {
  await deleteJob(job.id);
  if (!alive(job)) {
    jobs.delete(job.id);
    await store.remove("works", job.id);
  }
  emit("works");
}

export const stop = (job) => stopJob(job.id);

/** A job's status as text: "43 %, 20 s left". */
export function status(job) {
  if (job.state === "queued" && job.place > 1) return t("job.place", { place: job.place });
  if (job.state === "queued") return t(live().some(({ state }) => state === "running") ? "job.behind" : "job.queued");
  if (job.state !== "running") return t(`job.${job.state}`);
  const { progress } = job;
  if (!progress) return t("job.starting");
  const left = progress.seconds_left;
  const remaining = left === null || left === undefined ? "" : t("job.left", { time: duration(left) });
  return [percent(progress.share), remaining].filter(Boolean).join(t("comma"));
}

/** Progress bar of a running job with its buttons. Call `update(job)` on the element to refresh it. */
export function bar(job, failed) {
  const meter = h("progress", { max: 1, "aria-label": t(`doing.${job.kind}`) });
  const words = h("span", { class: "bar-status" });
  const act = (name, work, symbol) => {
    const onclick = () => work(jobs.get(job.id)).catch(failed);
    return h("button", { type: "button", class: "plain", onclick, "data-act": name }, icon(symbol), t(`job.act.${name}`));
  };
  const actions = [STOPS.has(job.kind) && act("stop", stop, "check"), act("cancel", cancel, "close")];
  const title = h("span", { class: "bar-title" }, t(`doing.${job.kind}`));
  const element = h("div", { class: "job-bar", "data-job": job.id }, meter, title, words, ...actions);
  element.update = (now) => {
    if (now.progress?.share === undefined || now.state === "queued") meter.removeAttribute("value");
    else meter.value = now.progress.share;
    words.textContent = status(now);
  };
  element.update(job);
  return element;
}
