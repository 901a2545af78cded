/** From the state of the page to the fields of a request, and to settings that can be kept and used again. */

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
  state.styles.forEach((style, place) => {
    fields.push(["style", ids[place]], ["weight", style.weight]);
    if (masked) fields.push(["mask", masks[place]]);
  });
  return [...fields, ...optionsOf(groups)];
}

async function maskOf(style) {
  return style.mask?.painted ? idOf(style.mask.source()) : "";
}

/** The options of these groups that differ from their default and that the service knows: [[name, value], …]. */
export function optionsOf(groups) {
  return groups.flatMap((group) => {
    const known = properties(group);
    return Object.entries(state[group]).filter(([name, value]) => name in known && value !== known[name].default);
  });
}

/** What it takes to paint like this again, as it can be kept: pictures stay with it as blobs. */
export function settings() {
  return {
    styles: state.styles.map(({ key, title, named, file, blob, weight, mask }) => {
      return { key, title, named, file, blob: file || named ? undefined : blob, weight, masked: Boolean(mask?.painted) };
    }),
    look: { ...state.look },
    adain: { ...state.adain },
    optimize: { ...state.optimize },
    film: { ...state.film },
    output: { ...state.output },
  };
}
