/**
 * What the page knows, in one place, and who wants to hear of changes.
 *
 * content: { key, name, blob | file, url, sending, film } or null; film: { blob, url, sending, duration, video } or null
 * styles:  [{ key, title, thumbnail, named | file | blob, network, sending, weight, mask }], the chosen ones, at most
 *          `most`; of a style that a network was taught, `network` is the sha256 of that, and `picture` whether the
 *          service has the painting "whole" or "small"
 * look, method, output, film, optimize: values of options by name; only those that differ from the default
 */
export const state = {
  content: null,
  styles: [],
  mixing: false,
  look: {},
  adain: {},
  optimize: {},
  film: {},
  output: {},
  methods: null,
  limits: {},
  most: 4,
};

const listeners = new Map();

/** Call `listener(detail)` at each `emit(topic)`; topics: content, styles, shelf, look, film, language, works, painted. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
}

export function emit(topic, detail) {
  return Promise.all([...(listeners.get(topic) ?? [])].map((listener) => listener(detail)));
}

/** The JSON Schema of an option: the group is look, adain, optimize, film or output. */
export function schemaOf(group, name) {
  return properties(group)[name];
}

export function properties(group) {
  const known = state.methods;
  if (!known) return {};
  const one = known.methods.find((method) => method.name === "adain") ?? known.methods[0];
  if (group === "film") return known.film?.properties ?? {};
  if (group === "look" || group === "output") return one.options[group]?.properties ?? {};
  return known.methods.find((method) => method.name === group)?.options.method?.properties ?? {};
}

export function valueOf(group, name) {
  return state[group][name] ?? schemaOf(group, name)?.default;
}

/** The method that paints the chosen styles at once: of pictures adain, of what networks were taught fast. */
export const method = () => (state.styles.some((style) => style.network) ? "fast" : "adain");

/** Whether this server can do that kind of long work, and the reason if it cannot. */
export function kindOf(name) {
  return state.methods?.kinds.find((kind) => kind.name === name) ?? null;
}
