/** From the state of the page to the fields of a request, and to settings that can be kept and used again. */

import { idOf } from "./sources.js";
import { method as painter, properties, state } from "./state.js";

const PICTURES_ONLY = new Set(["style_scale"]); // options that styles of a network do not take

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
    const takes = (name) => name in known && !(painter() === "fast" && PICTURES_ONLY.has(name));
    return Object.entries(state[group]).filter(([name, value]) => takes(name) && value !== known[name].default);
  });
}

/** What it takes to paint like this again, as it can be kept: pictures and regions stay with it as blobs. */
export function settings() {
  return {
    styles: state.styles.map(({ key, title, named, network, file, blob, weight, mask }) => {
      const masked = Boolean(mask?.painted);
      const region = masked ? mask.source().blob : undefined;
      return { key, title, named, network, file, blob: file || named ? undefined : blob, weight, masked, region };
    }),
    look: { ...state.look },
    adain: { ...state.adain },
    optimize: { ...state.optimize },
    film: { ...state.film },
    output: { ...state.output },
  };
}
