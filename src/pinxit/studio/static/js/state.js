/**
 * The state of the page, and an event bus for its changes.
 *
 * content: { key, name, blob | file, url, sending, received, film } or null; film: { key, blob, url, sending, duration,
 *          at, video } or null; `received` is the service's answer to the upload
 * styles:  [{ key, title, thumbnail, named | file | blob, network, sending, weight, mask }], the chosen ones, at most
 *          `most`; of a trained style, `network` is the sha256 of its network, and `picture` says whether the
 *          service has the painting "whole" or "small"
 * look, onepass, optimize, film, output: values of options by name, only those that differ from the default
 */
export const state = {
  content: null,
  styles: [],
  mixing: false,
  look: {},
  onepass: {},
  optimize: {},
  film: {},
  output: {},
  methods: null,
  limits: {},
  most: 4,
};

const PAGE_SIZE = 768; // px, long side of the first painting: large enough to judge, and quick

/** The groups of options. */
export const GROUPS = ["look", "onepass", "optimize", "film", "output"];

const listeners = new Map();

/** Call `listener(detail)` at each `emit(topic)`; docs/studio.md names the topics. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
}

export function emit(topic, detail) {
  return Promise.all([...(listeners.get(topic) ?? [])].map((listener) => listener(detail)));
}

/** The JSON Schema of an option: the group is look, onepass, optimize, film or output. */
export function schemaOf(group, name) {
  return properties(group)[name];
}

export function properties(group) {
  const { methods } = state;
  if (!methods) return {};
  if (group === "film") return methods.film?.properties ?? {};
  const name = group === "optimize" ? kindOf("optimize")?.methods[0] : methods.default.picture;
  const options = methods.methods.find((one) => one.name === name)?.options;
  const part = group === "look" || group === "output" ? group : "method";
  return options?.[part]?.properties ?? {};
}

export function valueOf(group, name) {
  return state[group][name] ?? schemaOf(group, name)?.default;
}

/** Whether the chosen styles are trained styles. */
export const isTrained = () => state.styles.some((style) => style.network);

/** The value that an option has when the page opens. */
export function startOf(group, name, schema = schemaOf(group, name)) {
  if (group !== "look" || name !== "size") return schema.default;
  return Math.min(PAGE_SIZE, schema.maximum ?? PAGE_SIZE);
}

/** The method that paints the chosen styles in one pass, as the service names it. */
export const method = () => methodOf(state.styles);

/** The method that paints such styles in one pass. */
export const methodOf = (styles) => state.methods.default[styles.some((style) => style.network) ? "trained" : "picture"];

/** A kind of job with whether this server offers it, and what is missing if it does not. */
export function kindOf(name) {
  return state.methods?.kinds.find((kind) => kind.name === name) ?? null;
}
