// Chapters 7 and 8: AdaIN, blended codes, the price list.

function drawAdain() {
  const { before, after, target, channels, maps, layer, of } = data.adain;
  const width = 460, height = 320, margin = 46;
  const most = (key) => 1.05 * Math.max(...before[key], ...target[key], ...after[key]);
  const x = (value) => margin + (value / most("mean")) * (width - margin - 12), y = (value) => height - margin - (value / most("std")) * (height - margin - 12);
  const plot = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Means and deviations" });
  plot.append(svg("line", { class: "axis", x1: margin, x2: width, y1: y(0), y2: y(0) }), svg("line", { class: "axis", x1: margin, x2: margin, y1: 0, y2: y(0) }),
    svg("text", { x: width - 12, y: height - 28, "text-anchor": "end" }, "μ"), svg("text", { x: 10, y: 18 }, "σ"));
  const targets = channels.map((_, index) => svg("circle", { cx: x(target.mean[index]), cy: y(target.std[index]), r: 5, style: "fill:none;stroke:var(--c2);stroke-width:1.5" }));
  const lines = channels.map(() => svg("line", { class: "axis" })), dots = channels.map(() => svg("circle", { r: 4, style: "fill:var(--c1);cursor:pointer" }));
  plot.append(...lines, ...targets, ...dots);
  const slider = h("input", { type: "range", min: 0, max: 100, value: 0, "aria-label": label("From before to after", "从之前到之后") });
  const channel = h("input", { type: "range", min: 0, max: channels.length - 1, value: 0, "aria-label": label("Channel", "通道") });
  const table = h("table"), figures = ["before", "after", "target"].map((key) => [key, mapCanvas()]);
  const words = { before: ["photo, before", "照片，之前"], after: ["photo, after", "照片，之后"], target: ["painting: the target", "画：目标"] };
  function move() {
    const share = slider.value / 100, mix = (key, index) => (1 - share) * before[key][index] + share * after[key][index];
    channels.forEach((_, index) => {
      const [cx, cy] = [x(mix("mean", index)), y(mix("std", index))];
      for (const [key, value] of [["cx", cx], ["cy", cy], ["r", index === +channel.value ? 7 : 4]]) dots[index].setAttribute(key, value);
      for (const [key, value] of [["x1", x(before.mean[index])], ["y1", y(before.std[index])], ["x2", cx], ["y2", cy]]) lines[index].setAttribute(key, value);
      targets[index].setAttribute("r", index === +channel.value ? 8 : 5);
    });
  }
  async function show() {
    const index = +channel.value;
    table.replaceChildren(h("tr", {}, h("th", {}, both(`channel ${channels[index]}`, `通道 ${channels[index]}`)), h("th", { className: "number" }, "μ"), h("th", { className: "number" }, "σ")),
      ...Object.entries({ before, after, target }).map(([key, list]) => h("tr", {}, h("td", {}, both(...words[key])), h("td", { className: "number" }, number(list.mean[index])), h("td", { className: "number" }, number(list.std[index])))));
    move();
    for (const [key, canvas] of figures) paint(canvas, (await mapsOf(maps[key], channels.length))[index], maps[key].w, maps[key].h);
  }
  dots.forEach((dot, index) => dot.addEventListener("pointerenter", () => ((channel.value = index), show())));
  slider.addEventListener("input", move);
  channel.addEventListener("input", show);
  redraws.add(show);
  show();
  $("adain").append(h("div", { className: "two even" },
    h("div", {}, plot, caption(`${channels.length} of the ${of} channels of ${layer}. Dots: the photo. Circles: the painting.`, `${layer} 的 ${of} 个通道中的 ${channels.length} 个。点：照片。圈：画。`),
      h("div", { className: "bar" }, both("before", "之前"), slider, both("after", "之后"))),
    h("div", {}, h("div", { className: "bar" }, both("channel", "通道"), channel), table,
      h("div", { className: "pictures", style: "--least:6rem;margin-top:1rem" }, figures.map(([key, canvas]) => h("figure", {}, canvas, caption(...words[key])))))));
}

function drawBlends() {
  const { strength, blend, shares, other, credit } = data.blends;
  const view = (list, left, right, leftPicture, rightPicture, text) => {
    const image = photo(list.at(-1), text), slider = h("input", { type: "range", min: 0, max: list.length - 1, value: list.length - 1, "aria-label": text }), output = h("output");
    const show = () => ((image.src = list[slider.value]), (output.textContent = `${Math.round(100 * shares[slider.value])} %`));
    slider.addEventListener("input", show);
    if (list === blend) slider.value = Math.floor(list.length / 2);
    show();
    return h("figure", {}, h("div", { className: "frame" }, image), h("div", { className: "bar" }, both(...left), slider, both(...right), output));
  };
  $("blends").append(h("div", { className: "pictures", style: "--least:16rem" },
    view(strength, ["photo's code", "照片的风格码"], ["painting's", "画的风格码"], null, null, label("Strength", "强度")),
    view(blend, ["painting's code", "画的风格码"], ["another's", "另一幅的"], null, null, label("Blend", "混合"))),
  h("div", { className: "bar" }, h("img", { src: other, alt: "", style: "width:5rem;border-radius:3px" }), h("span", { className: "note", style: "margin:0" }, both(`The other style: ${credit || "the photo itself"}`, `另一种风格：${credit || "照片本身"}`))));
}

function drawPrices() {
  const words = {
    adain: [["adain", "one network for any style, trained once for seven hours on a CPU and nineteen minutes on a GPU"], ["adain", "一个网络画任何风格，只训练过一次：CPU 上七小时，GPU 上十九分钟"]],
    fast: [["fast", "a network that was trained on a few styles, and paints only these. Here the style of the gallery nearest to your painting; a network for your own style trains in minutes"], ["fast", "为少数几种风格训练的网络，也只会画这些。这里用图库中与你的画最近的一种；为你自己的风格训练一个网络只需几分钟"]],
    "optimize neighbors": [["optimize", "nothing in advance; nearest neighbors, the default"], ["optimize", "无需准备；近邻损失，默认"]],
    "optimize gatys": [["optimize --losses gatys", "nothing in advance; the losses of chapters 3 to 5, one size"], ["optimize --losses gatys", "无需准备；第 3 至 5 章的损失，单一尺寸"]],
  };
  const cell = (value, digits = 3) => h("td", { className: "number" }, typeof value === "string" ? value : number(value, digits));
  const heading = (en, zh) => h("th", { className: "number", scope: "col" }, both(en, zh));
  const rows = data.prices.map((row) => {
    const [en, zh] = words[row.method];
    const name = row.style_name ? ` (${row.style_name})` : "";
    return h("tr", {}, h("td", {}, photo(row.image, row.method)), h("td", {}, h("code", {}, en[0]), name, h("br"), h("span", { className: "note" }, both(en[1], zh[1]))),
      cell(row.steps), cell(`${number(row.seconds)} s`), cell(row.content), cell(row.style), cell(row.patches), cell(row.ssim));
  });
  $("pricetable").append(h("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": label("Price list", "价目表") }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, both("result", "结果")), h("th", {}, both("method, and what it needs in advance", "方法，以及事先需要什么")),
    heading("steps", "步数"), heading("time", "时间"), heading("content distance", "内容距离"), heading("style distance", "风格距离"), heading("patch precision", "块精度"), heading("SSIM", "SSIM"))), h("tbody", {}, rows))),
  h("p", { className: "note" }, both("Of content, style and patch precision the lowest is best, of SSIM the highest. A network pays in advance for what a descent pays at every picture.",
    "内容距离、风格距离和块精度越小越好，SSIM 越大越好。网络事先付清的，下降要为每张图付一次。")));
}
