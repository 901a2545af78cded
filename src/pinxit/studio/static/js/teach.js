/** "Teach this style": training of a network for one painting, where the service can train. */

import { $, h, icon } from "./dom.js";
import { field } from "./controls.js";
import { t } from "./i18n.js";
import * as jobs from "./jobs.js";
import { reload } from "./palette.js";
import { idOf, withUploads } from "./sources.js";
import { kindOf, on } from "./state.js";
import * as trouble from "./trouble.js";

const values = {}; // of the training's options, that differ from the default
let painting = null;

export function begin() {
  on("methods", offer);
  on("language", offer);
  on("job", show);
  on("works", renderJobs);
  $("#teach-file").addEventListener("change", (event) => choose(event.target.files[0]));
  $("#teach-drop").addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    choose(event.dataTransfer.files[0]);
  });
  $("#teach-form").addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
}

/** Show the page only where the service has that kind of work. */
function offer() {
  const kind = kindOf("train");
  $("#nav-teach").hidden = !kind?.available;
  if (!kind?.available) return;
  const options = kind.options?.properties ?? {};
  $("#teach-options").replaceChildren(...Object.entries(options).map(([name, schema]) => field("train", name, schema, values)));
  renderJobs();
}

function choose(file) {
  if (!file) return;
  painting = { blob: file, sending: null };
  const image = h("img", { src: URL.createObjectURL(file), alt: t("teach.chosen", { name: file.name }) });
  $("#teach-drop .drop-face").replaceChildren(image);
  const name = $("#teach-name");
  if (!name.value) name.value = file.name.replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-").toLowerCase();
}

async function start() {
  const place = $("#teach-trouble");
  trouble.clear(place);
  const name = $("#teach-name").value.trim();
  if (!painting) return trouble.show(place, { kind: "no-painting", message: "" });
  try {
    await withUploads(async () => {
      const fields = [["style", await idOf(painting)], ["name", name], ...Object.entries(values)];
      return jobs.teach(fields, name);
    });
    renderJobs();
  } catch (error) {
    trouble.show(place, error);
  }
}

function renderJobs() {
  const trainings = [...jobs.jobs.values()].filter((job) => job.kind === "train").reverse();
  $("#teach-jobs").replaceChildren(...trainings.map(card));
}

function card(job) {
  const sheet = job.seen
    ? h("img", { src: job.seen, alt: t("teach.sheet") })
    : h("span", { class: "nothing" }, icon("picture"), t("teach.soon"));
  const live = jobs.alive(job) ? jobs.bar(job, (error) => trouble.show($("#teach-trouble"), error)) : h("p", {}, jobs.status(job));
  return h("li", { class: "training", "data-training": job.id }, h("h3", {}, job.title ?? ""), sheet, live);
}

function show(job) {
  if (job.kind !== "train") return;
  const element = $(`[data-training="${job.id}"]`);
  const image = element && $("img", element);
  if (!element || !jobs.alive(job) || (job.seen && !image)) renderJobs();
  else {
    $(".job-bar", element)?.update(job);
    if (image) image.src = job.seen;
  }
  if (job.state === "done") reload();
}
