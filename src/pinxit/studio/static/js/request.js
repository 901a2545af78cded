/** Turns the state of the page into the fields of a request, and into settings that can be saved and reused. */

import { idOf } from "./sources.js";
import { properties, state } from "./state.js";

/** The fields of `/v1/stylize` and `/v1/jobs`: [[name, value], …]; styles, weights and masks in the same order. */
export async function fieldsOf({ method, content, groups, format }) {
  const masked = state.styles.some((style) => style.mask?.painted);
  const fields = [
    ["method", method],
    ["format", format],
    ["content", await idOf(content)],
  ];
  const ids = await Promise.all(state.styles.map((style) => idOf(style)));
  const masks = masked ? await Promise.all(state.styles.map(maskOf)) : [];
  state.styles.forEach((style, index) => {
    fields.push(["style", ids[index]], ["weight", style.weight]);
    if (masked) fields.push(["mask", masks[index]]);
  });
  return [...fields, ...optionsOf(groups)];
}

async function maskOf(style) {
  return style.mask?.painted ? idOf(style.mask.source()) : "";
}

/** The options of these groups that the service takes and that differ from their default: [[name, value], …]. */
export function optionsOf(groups) {
  return groups.flatMap((group) => {
    const schemas = properties(group);
    const takes = (name) => name in schemas;
    return Object.entries(state[group]).filter(([name, value]) => takes(name) && value !== schemas[name].default);
  });
}

/** The current settings for reuse, with pictures and regions as blobs. */
export function settings() {
  return {
    styles: state.styles.map(({ key, title, named, network, file, blob, weight, mask }) => {
      const masked = Boolean(mask?.painted);
      const region = masked ? mask.source().blob : undefined;
      return { key, title, named, network, file, blob: file || named ? undefined : blob, weight, masked, region };
    }),
    look: { ...state.look },
    onepass: { ...state.onepass },
    optimize: { ...state.optimize },
    film: { ...state.film },
    output: { ...state.output },
  };
}
