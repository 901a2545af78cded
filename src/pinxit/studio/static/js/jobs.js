/** Long work: begin it, follow it, show how far it is, stop or cancel it. */

import { deleteJob, follow, listJobs, startJob, stopJob, uploadWatched } from "./api.js";
import { announce, h, icon } from "./dom.js";
import { duration, percent, t } from "./i18n.js";
import * as keep from "./keep.js";
import { latest } from "./painter.js";
import { fieldsOf, settings } from "./request.js";
import { withUploads } from "./sources.js";
import { emit, method, state } from "./state.js";

export const jobs = new Map(); // id -> the job, as the service last told it, with `seen`: the address of its preview
const LIVE = new Set(["queued", "running"]);

export const alive = (job) => LIVE.has(job.state);
export const live = () => [...jobs.values()].filter(alive);

/** Find the jobs that the service still has, and follow those that are not at their end. */
export async function begin() {
  for (const job of await listJobs().catch(() => [])) {
    remember(job);
    if (alive(job)) watch(job.id);
  }
  emit("works");
}

function remember(job) {
  const known = jobs.get(job.id) ?? {};
  const seen = job.preview ? `${job.links.preview}?index=${job.preview.index}` : known.seen;
  jobs.set(job.id, { ...known, ...job, seen });
  return jobs.get(job.id);
}

function watch(id) {
  follow(id, (event, data) => {
    const job = jobs.get(id);
    if (!job) return;
    if (event === "progress") Object.assign(job, { progress: data, state: "running" });
    else if (event === "preview") job.seen = data.url;
    else remember(data);
    if (event === "done") announce(t("job.done", { kind: t(`kind.${job.kind}`) }));
    emit("job", jobs.get(id));
    if (event === "done" || event === "error" || event === "state") emit("works");
  });
}

async function start(fields, title, { poster, how = settings() } = {}) {
  const job = remember({ ...(await startJob(fields)), title });
  await keep.put({ id: job.id, kind: job.kind, created: job.created, title, poster, settings: how });
  watch(job.id);
  emit("job", job);
  emit("works");
  return job;
}

/** "Make it beautiful": the picture as it is set up, by the slow method. */
export function beautify() {
  return withUploads(async () => {
    const fields = await fieldsOf({ method: "optimize", content: state.content, groups: ["look", "optimize"], format: "png" });
    return start([["kind", "optimize"], ...fields], titleOf(state.content), { poster: poster() });
  });
}

/** Paint the film; `progress(share)` while it is sent. */
export async function paintFilm(progress, signal) {
  const { film } = state.content;
  film.sending ??= uploadWatched(film.blob, progress, signal);
  try {
    await film.sending;
  } catch (error) {
    film.sending = null;
    throw error;
  }
  return withUploads(async () => {
    film.sending ??= uploadWatched(film.blob, progress, signal);
    const fields = await fieldsOf({ method: method(), content: film, groups: ["look", "adain", "film"], format: "mp4" });
    return start([["kind", "video"], ...fields], film.name, { poster: poster() });
  });
}

const titleOf = (content) => (content.example ? content.title : content.name);
const poster = () => (latest()?.content === state.content ? latest().blob : undefined);

/** Teach styles: `fields` of the form, which are options of the kind "train". */
export const teach = (fields, title) => start([["kind", "train"], ...fields], title, { how: null });

export async function cancel(job) {
  await deleteJob(job.id);
  if (!alive(job)) {
    jobs.delete(job.id);
    await keep.remove(job.id);
  }
  emit("works");
}

export const stop = (job) => stopJob(job.id);

/** A job in words: "43 %, 20 s left". */
export function status(job) {
  if (job.state === "queued") return job.place > 1 ? t("job.place", { place: job.place }) : t("job.queued");
  if (job.state !== "running") return t(`job.${job.state}`);
  const { progress } = job;
  if (!progress) return t("job.starting");
  const left = progress.seconds_left;
  const known = left === null || left === undefined ? "" : t("job.left", { time: duration(left) });
  return [percent(progress.share), known].filter(Boolean).join(t("comma"));
}

/** A live job's bar: how far, how long, stop, cancel. `update(job)` on the element renews it. */
export function bar(job, failed) {
  const meter = h("progress", { max: 1, "aria-label": t(`doing.${job.kind}`) });
  const words = h("span", { class: "bar-status" });
  const act = (name, work, symbol) => {
    const onclick = () => work(jobs.get(job.id)).catch(failed);
    return h("button", { type: "button", class: "plain", onclick, "data-act": name }, icon(symbol), t(`job.act.${name}`));
  };
  const actions = [job.kind !== "video" && act("stop", stop, "check"), act("cancel", cancel, "close")];
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
