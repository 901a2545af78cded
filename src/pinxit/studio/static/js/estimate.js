/** How long "Make it beautiful" takes: by the jobs that this server has finished, else by the fastest pass so far. */

import * as jobs from "./jobs.js";
import { number, t } from "./i18n.js";
import { latest } from "./painter.js";
import { state } from "./state.js";

const WORK = { quick: 0.36, good: 1, best: 2.2 }; // by effort, for each pixel; methods/optimize/plan.py has the steps
const START = 5; // seconds until the first step
const PASSES = 130; // seconds of "good" for each second of one pass, at the same size
const CHANGES = ["steps", "levels", "losses", "optimizer", "pooling"]; // options that change the time

const MINUTES = [1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720];
const STEPS = [5, 10, 20, 30, 45, ...MINUTES.map((minutes) => 60 * minutes)]; // s; finer ones would change with every guess

const RECENT = 5; // finished jobs that the estimate is the middle of

let fastest = Infinity; // seconds for each pixel of one pass; the first ones open the network, others wait for the processor

const workOf = (effort, pixels) => (WORK[effort] ?? 1) * pixels;

/** Return { seconds, sure } for an effort at a long side in px; null where nothing tells the time. */
export function estimate(effort, side) {
  const photo = latest()?.content === state.content ? latest() : null;
  if (!photo?.width || CHANGES.some((name) => name in state.optimize)) return null;
  if (!photo.draft && photo.seconds) fastest = Math.min(fastest, photo.seconds / (photo.width * photo.height));
  const pixels = (side / Math.max(photo.width, photo.height)) ** 2 * photo.width * photo.height;
  const measured = measuredRate();
  if (measured === null && fastest === Infinity) return null;
  return { seconds: START + (measured ?? PASSES * fastest) * workOf(effort, pixels), sure: measured !== null };
}

/** Seconds for each unit of work, the middle of the newest finished jobs; null where there is none. */
function measuredRate() {
  const rates = [...jobs.jobs.values()]
    .filter((job) => job.kind === "optimize" && job.state === "done" && job.result?.width && !job.result.stopped && job.started && job.finished)
    .filter((job) => !CHANGES.some((name) => name in (job.request?.options ?? {})))
    .sort((a, b) => b.finished.localeCompare(a.finished))
    .map((job) => (Math.max(1, (Date.parse(job.finished) - Date.parse(job.started)) / 1000 - START)) / workOf(job.request.options.effort ?? "good", job.result.width * job.result.height));
  const newest = rates.slice(0, RECENT).sort((a, b) => a - b);
  return newest[newest.length >> 1] ?? null;
}

const away = (step, seconds) => Math.abs(Math.log(step / seconds));

/** An estimate as text, in steps: "about 45 s", "about 3 min"; without measured jobs "perhaps 3 min". */
export function inWords(guess) {
  if (!guess) return "";
  const { seconds, sure } = guess;
  const steady = STEPS.reduce((best, step) => (away(step, seconds) < away(best, seconds) ? step : best));
  const time = steady < 60 ? t("time.seconds", { s: number(steady) }) : t("time.about", { m: number(steady / 60) });
  return t(sure ? "estimate.about" : "estimate.perhaps", { time });
}
