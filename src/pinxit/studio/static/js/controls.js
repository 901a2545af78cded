/** Controls generated from the service's JSON Schemas: label, range, value and help of each option. */

import { $, clamp, h, icon, unique } from "./dom.js";
import { hasText, number, percent, t } from "./i18n.js";
import { emit, GROUPS, isTrained, kindOf, on, properties, schemaOf, startOf, state } from "./state.js";

const MAIN = [
  ["look", "strength"],
  ["look", "style_scale"],
  ["look", "color"],
  ["look", "size"],
];
const FILM = ["steadiness", "start", "end"];
const MORE = ["look", "onepass", "output"];
const SHARES = new Set(["strength", "steadiness", "guided"]);
const LOGARITHMIC = new Set(["style_scale"]);
const NEED_PICTURE = ["coral", "histogram"]; // colors
const LEAST = { size: 128, minutes: 5 }; // the schema allows less, which is of no use on a page
const MOST_SIZE = 2048; // px; larger pictures take too long to try things out, and are downloaded at full size
const WIDEST = 10_000; // a wider range gets a number box, not a slider

export function begin() {
  on("methods", render);
  on("language", render);
  on("settings", render);
  on("content", render);
  on("styles", fitStyles);
}

/** Disable the options that trained styles do not take: they would change a picture that is not there. */
function fitStyles() {
  const trained = isTrained();
  if (trained && NEED_PICTURE.includes(state.look.color)) {
    delete state.look.color;
    return render();
  }
  const inputs = NEED_PICTURE.map((word) => `[data-option="look.color"] [value=${word}]`);
  for (const input of document.querySelectorAll(inputs.join())) {
    input.disabled = trained;
    input.title = trained ? t("trained.colors") : "";
  }
}

function render() {
  if (!state.methods) return;
  const isMain = (group, name) => MAIN.some(([g, n]) => g === group && n === name);
  const fields = (group) =>
    Object.keys(properties(group))
      .filter((name) => !isMain(group, name) && name !== "effort") // effort is beside its button
      .map((name) => field(group, name));
  $("#main-controls").replaceChildren(...MAIN.filter(([g, n]) => schemaOf(g, n)).map((pair) => field(...pair)));
  $("#more-controls").replaceChildren(...MORE.flatMap(fields));
  $("#optimize-controls").replaceChildren(...fields("optimize"));
  const filmOptions = Object.keys(properties("film"));
  const films = (main) => filmOptions.filter((name) => FILM.includes(name) === main).map((name) => field("film", name));
  $("#film-controls").replaceChildren(...films(true));
  $("#film-more-controls").replaceChildren(...films(false));
  fitStyles();
}

/** One option: label, control, value, a button for its help and one that resets it. */
export function field(group, name, schema = schemaOf(group, name), values = state[group]) {
  const id = unique();
  const parts = { id, group, name, schema, values, output: h("output", { for: id }) };
  parts.set = (value, delay = 80) => {
    if (value === schema.default) delete values[name];
    else values[name] = value;
    show(parts);
    emit("option", { group, name });
    if (group === "look" || group === "onepass" || group === "output") emit("look", delay);
  };
  parts.reset = h("button", { type: "button", class: "bare reset", onclick: () => (parts.set(startOf(group, name, schema), 0), refresh(parts)) });
  parts.reset.append(icon("reset"));
  parts.reset.setAttribute("aria-label", t("reset", { option: label(name) }));
  const control = controlOf(parts);
  const element = h("div", { class: "field", "data-option": `${group}.${name}` }, head(parts, control), control, parts.help);
  show(parts);
  return element;
}

function head(parts, control) {
  const radios = control.getAttribute("role") === "radiogroup";
  const name = h(radios ? "span" : "label", { for: radios ? null : parts.id, id: `${parts.id}-label` }, label(parts.name));
  parts.help = h("p", { class: "hint", id: `${parts.id}-help`, hidden: true }, helpOf(parts));
  const ask = h("button", { type: "button", class: "bare ask", "aria-expanded": "false" }, icon("help"));
  ask.setAttribute("aria-label", t("help", { option: label(parts.name) }));
  ask.addEventListener("click", () => {
    parts.help.hidden = !parts.help.hidden;
    ask.setAttribute("aria-expanded", String(!parts.help.hidden));
  });
  return h("div", { class: "field-head" }, name, ask, h("span", { class: "spacer" }), parts.reset, parts.output);
}

export function label(name) {
  const key = `option.${name}`;
  return hasText(key) ? t(key) : name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
}

/** The page's own words for an option of this group, else for one of this name, else the service's. */
function helpOf({ group, name, schema }) {
  const key = [`help.${group}.${name}`, `help.${name}`].find(hasText);
  return key ? t(key) : (schema.description ?? "");
}

function controlOf(parts) {
  const { schema } = parts;
  const words = schema.enum ?? schema.examples;
  if (words) return words.length > 4 ? select(parts, words) : choices(parts, words);
  if (schema.type === "boolean") return checkbox(parts);
  if (schema.type === "string") return text(parts);
  const low = schema.minimum ?? 0;
  if (parts.name === "size" || (schema.maximum !== undefined && schema.maximum - low <= WIDEST)) return slider(parts);
  parts.output.hidden = true; // the box shows it
  return numeric(parts);
}

function refresh(parts) {
  parts.renew?.();
  show(parts);
}

function show({ group, name, schema, values, output, reset }) {
  const value = values[name] ?? schema.default;
  reset.hidden = value === startOf(group, name, schema);
  output.textContent = schema.type === "string" || schema.type === "boolean" ? "" : format(name, value, schema);
}

function format(name, value, schema) {
  if (SHARES.has(name)) return percent(value);
  if (name === "style_scale") return `${number(value, 2)}×`;
  const unit = schema["x-unit"];
  return unit ? `${number(value, 2)} ${hasText(`unit.${unit}`) ? t(`unit.${unit}`) : unit}` : number(value, 3);
}

/** An option's value as text: "80%", "768 px", "Photo’s". */
export function inWords(name, value) {
  const group = GROUPS.find((one) => schemaOf(one, name));
  const schema = (group ? schemaOf(group, name) : kindOf("train")?.options?.properties[name]) ?? {};
  return typeof value === "number" ? format(name, value, schema) : choiceLabel(name, value);
}

function slider(parts) {
  const { id, name, schema } = parts;
  const low = LEAST[name] ?? schema.minimum ?? 0;
  const high = name === "size" ? Math.min(MOST_SIZE, schema.maximum) : schema.maximum;
  const log = LOGARITHMIC.has(name);
  const [to, from] = log ? [Math.log, Math.exp] : [Number, Number];
  const step = log ? 0.01 : name === "size" ? 64 : schema.type === "integer" || name === "minutes" ? 1 : (high - low) / 100;
  const range = h("input", { type: "range", id, min: to(low), max: to(high), step: log ? "any" : step });
  const fill = () => range.style.setProperty("--fill", `${((range.value - range.min) / (range.max - range.min)) * 100}%`);
  const words = () => range.setAttribute("aria-valuetext", format(name, parts.values[name] ?? schema.default, schema));
  parts.renew = () => {
    range.value = to(parts.values[name] ?? schema.default);
    fill();
    words();
  };
  range.addEventListener("input", () => {
    const value = clamp(from(Number(range.value)), low, high);
    parts.set(schema.type === "integer" ? Math.round(value) : Number(value.toFixed(log ? 2 : 4)));
    fill();
    words();
  });
  if (log) range.addEventListener("keydown", (event) => nudge(event, range));
  parts.renew();
  range.setAttribute("aria-describedby", `${id}-help`);
  return range;
}

/** Arrow keys move a logarithmic slider by a sixtieth of its range. */
function nudge(event, range) {
  const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (!way) return;
  range.value = Number(range.value) + (way * (range.max - range.min)) / 60;
  range.dispatchEvent(new Event("input"));
  event.preventDefault();
}

function choices(parts, words) {
  const { id, name, schema, values } = parts;
  const box = h("div", { class: "choices", role: "radiogroup", "aria-labelledby": `${id}-label` });
  parts.renew = () => {
    for (const input of box.querySelectorAll("input")) input.checked = input.value === (values[name] ?? schema.default);
  };
  for (const word of words) {
    const input = h("input", { type: "radio", name: id, value: word, onchange: () => parts.set(word, 0) });
    box.append(h("label", { class: "choice" }, input, h("span", {}, choiceLabel(name, word))));
  }
  parts.renew();
  return box;
}

const choiceLabel = (name, word) => (hasText(`choice.${name}.${word}`) ? t(`choice.${name}.${word}`) : word);

function select(parts, words) {
  const { id, name, schema } = parts;
  const box = h("select", { id, onchange: () => parts.set(box.value, 0) });
  box.append(...words.map((word) => h("option", { value: word }, choiceLabel(name, word))));
  parts.renew = () => (box.value = parts.values[name] ?? schema.default);
  parts.renew();
  return box;
}

function checkbox(parts) {
  const { id, name, schema } = parts;
  const box = h("input", { type: "checkbox", id, onchange: () => parts.set(box.checked, 0) });
  parts.renew = () => (box.checked = parts.values[name] ?? schema.default);
  parts.renew();
  return box;
}

function text(parts) {
  const { id, name, schema } = parts;
  const box = h("input", { type: "text", id, spellcheck: false, autocomplete: "off", onchange: () => parts.set(box.value, 0) });
  parts.renew = () => (box.value = parts.values[name] ?? schema.default);
  parts.renew();
  return box;
}

function numeric(parts) {
  const { id, name, schema } = parts;
  const box = h("input", { type: "number", id, min: schema.minimum, max: schema.maximum, inputMode: "decimal" });
  box.step = schema.type === "integer" ? 1 : "any";
  box.addEventListener("change", () => {
    const bounded = clamp(Number(box.value), schema.minimum ?? -Infinity, schema.maximum ?? Infinity);
    const value = box.value === "" || Number.isNaN(bounded) ? schema.default : bounded;
    parts.set(schema.type === "integer" ? Math.round(value) : value, 0);
    parts.renew();
  });
  parts.renew = () => (box.value = parts.values[name] ?? schema.default);
  parts.renew();
  return box;
}
