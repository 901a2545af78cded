// Loss curves: lines on a logarithmic scale, named at their ends, as [English, Chinese].

function chart(series, { width = 460, height = 220, text = "" } = {}) {
  const margin = { left: 44, right: 14 + 7 * Math.max(...series.map((each) => each.name[0].length)), top: 10, bottom: 24 };
  const positive = series.flatMap((each) => each.values).filter((value) => value > 0);
  const low = Math.log10(Math.min(...positive)), high = Math.max(Math.log10(Math.max(...positive)), low + 0.05);
  const last = Math.max(...series.flatMap((each) => each.steps));
  const x = (step) => margin.left + ((step - 1) / Math.max(1, last - 1)) * (width - margin.left - margin.right);
  const y = (value) => height - margin.bottom - ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (height - margin.top - margin.bottom);
  const made = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": text });
  const every = Math.max(1, Math.ceil((high - low) / 5));
  for (let power = Math.ceil(low); power <= high; power += every) {
    made.append(svg("line", { class: "axis", x1: margin.left, x2: width - margin.right, y1: y(10 ** power), y2: y(10 ** power) }));
    made.append(svg("text", { x: margin.left - 6, y: y(10 ** power) + 4, "text-anchor": "end" }, number(10 ** power, 1).replace("1·", "")));
  }
  for (const step of [1, last]) made.append(svg("text", { x: x(step), y: height - 6, "text-anchor": "middle" }, String(step)));
  const taken = [];
  const ends = series.map((each, index) => ({ index, at: y(each.values.at(-1)) })).sort((a, b) => a.at - b.at);
  for (const end of ends) {
    let at = end.at;
    while (taken.some((other) => Math.abs(other - at) < 12)) at += 3;
    taken.push(at);
    end.label = at;
  }
  series.forEach((each, index) => {
    const color = `var(--c${each.color ?? (index % 6) + 1})`;
    const line = each.values.map((value, number) => `${number ? "L" : "M"}${x(each.steps[number]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    made.append(svg("path", { d: line, style: `stroke:${color}` }));
    const end = ends.find((one) => one.index === index);
    made.append(svg("text", { class: "name", x: x(each.steps.at(-1)) + 6, y: Math.min(height - margin.bottom, end.label) + 4, style: `fill:${color}` },
      svg("tspan", { lang: "en" }, each.name[0]), svg("tspan", { lang: "zh" }, each.name[1] ?? each.name[0])));
  });
  const cursor = svg("line", { class: "cursor", y1: margin.top, y2: height - margin.bottom, x1: -9, x2: -9 });
  made.append(cursor);
  return { made, at: (step) => (cursor.setAttribute("x1", x(step)), cursor.setAttribute("x2", x(step))) };
}

function spark(values) {
  const logs = values.map((value) => Math.log10(Math.max(value, 1e-30)));
  const low = Math.min(...logs), high = Math.max(...logs);
  const points = logs.map((value, index) => `${(100 * index) / Math.max(1, logs.length - 1)} ${28 - (26 * (value - low)) / Math.max(1e-9, high - low)}`);
  return svg("svg", { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path", { d: `M${points.join("L")}` }));
}

const KINDS = { content: "内容", style: "风格" };
const counted = (values) => values.map((_, index) => index + 1);
