// Chapters 4 to 6: reconstructions, the descent and what changes it, neighbors.

function drawReconstructions() {
  const rows = [["content", "content of", "内容，"], ["style", "style up to", "风格，直到 "]].map(([kind, en, zh]) => {
    const figures = data[kind].map((run) => {
      const image = photo(run.frames.at(-1), run.name), loss = h("span", { className: "mono" });
      return { run, image, loss, kind, made: h("figure", {}, h("div", { className: "frame" }, image), spark(run.curves[kind]), h("figcaption", {}, h("strong", {}, both(`${en} ${run.name}`, `${zh}${run.name}`)), h("br"), loss)) };
    });
    return figures;
  });
  const last = Math.max(...rows.flat().map(({ run }) => run.frames.length)) - 1;
  const slider = h("input", { type: "range", min: 0, max: last, value: last, "aria-label": label("Picture of the descent", "下降中的图") });
  const output = h("output");
  const show = () => {
    output.replaceChildren(...both(`picture ${+slider.value + 1} of ${last + 1}`, `第 ${+slider.value + 1} / ${last + 1} 张`));
    for (const { run, image, loss, kind } of rows.flat()) { // shallow layers take more steps: each run has its own
      const at = Math.round((slider.value / Math.max(1, last)) * (run.frames.length - 1)), step = run.steps[at], value = number(run.curves[kind][step - 1]);
      image.src = run.frames[at];
      loss.replaceChildren(...both(`step ${step}, loss ${value}`, `第 ${step} 步，损失 ${value}`));
    }
  };
  slider.addEventListener("input", show);
  show();
  $("reconstructions").append(...rows.map((figures) => h("div", { className: "pictures", style: "--least:8.5rem;margin-bottom:1.25rem" }, figures.map(({ made }) => made))), h("div", { className: "bar" }, slider, output));
}

function drawDescent() {
  const { frames, steps, curves, layers } = data.main, image = photo(frames.at(-1), label("The result", "结果"));
  const slider = h("input", { type: "range", min: 0, max: steps.length - 1, value: steps.length - 1, "aria-label": label("Step of the descent", "下降的步") });
  const output = h("output"), play = h("button", { type: "button" }, both("Play", "播放"));
  const total = curves.content.map((value, index) => value + curves.style[index]), every = counted(total);
  const terms = chart([{ name: ["content α", "内容 α"], values: curves.content, steps: every }, { name: ["style β", "风格 β"], values: curves.style, steps: every }, { name: ["total", "总和"], values: total, steps: every, color: 6 }], { text: "Losses by term" });
  const byLayer = chart(Object.entries(layers).map(([name, values]) => ({ name: [name, name.replace(/\w+ /, (kind) => `${KINDS[kind.trim()]} `)], values, steps })), { text: "Losses by layer" });
  const show = () => {
    const step = steps[slider.value];
    image.src = frames[slider.value];
    output.replaceChildren(...both(`step ${step} of ${every.length}, loss ${number(total[step - 1])}`, `第 ${step} / ${every.length} 步，损失 ${number(total[step - 1])}`));
    terms.at(step);
    byLayer.at(step);
  };
  let timer;
  const stop = () => (clearInterval(timer), (timer = 0), play.replaceChildren(...both("Play", "播放")));
  play.addEventListener("click", () => {
    if (timer) return stop();
    play.replaceChildren(...both("Stop", "停止"));
    slider.value = 0;
    show();
    timer = setInterval(() => {
      if (+slider.value >= frames.length - 1) return stop();
      slider.value = +slider.value + 1;
      show();
    }, 180);
  });
  slider.addEventListener("input", () => (stop(), show()));
  show();
  $("descent").append(h("div", { className: "two even" },
    h("div", {}, h("div", { className: "frame" }, image), h("div", { className: "bar" }, play, slider), output),
    h("div", {}, h("figure", { style: "margin:0 0 1rem" }, terms.made, caption("The weighted losses at every step, on a logarithmic scale", "每一步的加权损失，对数刻度")),
      h("figure", { style: "margin:0" }, byLayer.made, caption("The same by layer", "按层来看")))));
}

function compared(id, name, curve) {
  const runs = name.flatMap((each) => data[each].map((run) => ({ ...run, of: each })));
  const figures = runs.filter((run, index) => runs.findIndex((other) => other.frames[0] === run.frames[0]) === index || run.of === name[0]).map((run) => {
    const last = Object.entries(run.curves).flatMap(([kind, values], place) => [place ? ", " : "", ...both(kind, KINDS[kind]), ` ${number(values.at(-1) / (id === "ratio" && kind === "content" ? +run.name : 1))}`]);
    return h("figure", {}, framed(run.frames.at(-1), run.name), h("figcaption", {}, h("strong", {}, both(...curve(run))), h("br"), last));
  });
  $(id).append(h("div", { className: "pictures", style: "--least:10rem" }, figures));
  return runs;
}

function totals(runs, names) {
  return runs.map((run, index) => {
    const values = run.curves.style.map((value, step) => value + run.curves.content[step]);
    return { name: names[index], values, steps: counted(values) };
  });
}

function drawComparisons() {
  compared("ratio", ["ratio"], (run) => [`α / β = ${number(+run.name)}`, `α / β = ${number(+run.name)}`]);
  const starts = { recolored: "换色的照片", content: "照片", style: "画", noise: "噪声" };
  const begun = compared("start", ["start"], (run) => [run.name, starts[run.name]]);
  $("start").append(h("div", { className: "note" }, chart(totals(begun, begun.map((run) => [run.name, starts[run.name]])), { height: 180, text: "Loss by start" }).made));
  const words = { max: ["max pooling, L-BFGS", "最大池化，L-BFGS"], average: ["average pooling", "平均池化"], lbfgs: ["L-BFGS", "L-BFGS"], adam: ["Adam", "Adam"] };
  compared("optimizer", ["pooling", "optimizer"], (run) => words[run.name]);
  $("optimizer").append(h("div", { className: "note" }, chart(totals(data.optimizer, [["L-BFGS"], ["Adam"]]), { height: 180, text: "Loss by optimizer" }).made,
    h("p", {}, both("The losses of the two poolings, above, cannot be compared: they are measured by different networks.", "上面两种池化的损失不能相比：它们是用不同的网络量的。"))));
}

function drawNeighbors() {
  const { grid, of, trim, index, image: uri } = data.neighbors;
  const result = photo(uri, label("The result", "结果")), painting = photo(data.pictures.painting, label("The painting", "画"));
  const here = overlay(), there = overlay(), patches = [h("canvas", { style: "width:100%" }), h("canvas", { style: "width:100%" })];
  const words = h("p", { role: "status" }), mosaic = h("canvas", { style: "width:100%" });
  const span = 5; // places shown around the chosen one
  function boxes(row, column) {
    const place = index[row * grid[1] + column], y = Math.floor(place / of[1]), x = place % of[1], inner = 1 - 2 * trim;
    const half = (span - 1) / 2;
    return [[(column - half) / grid[1], (row - half) / grid[0], span / grid[1], span / grid[0]],
      [trim + (inner * (x - half)) / of[1], trim + (inner * (y - half)) / of[0], (inner * span) / of[1], (inner * span) / of[0]], [y, x]];
  }
  function point(row, column) {
    const [from, to, [y, x]] = boxes(row, column);
    crop(patches[0], result, here.show(...from), 120);
    crop(patches[1], painting, there.show(...to), 120);
    words.replaceChildren(...both(`Row ${row + 1}, column ${column + 1} took after row ${y + 1}, column ${x + 1} of the painting.`, `第 ${row + 1} 行第 ${column + 1} 列学的是画的第 ${y + 1} 行第 ${x + 1} 列。`));
  }
  const frame = h("div", { className: "frame" }, result, here.layer);
  pointable(frame, () => grid, point, label("The result: point at a place", "结果：指一处"));
  function assemble() {
    const side = 6, inner = 1 - 2 * trim, wide = painting.naturalWidth, tall = painting.naturalHeight;
    mosaic.width = grid[1] * side;
    mosaic.height = grid[0] * side;
    const context = mosaic.getContext("2d");
    index.forEach((place, number) => context.drawImage(painting, wide * (trim + (inner * (place % of[1])) / of[1]), tall * (trim + (inner * Math.floor(place / of[1])) / of[0]),
      (wide * inner) / of[1], (tall * inner) / of[0], (number % grid[1]) * side, Math.floor(number / grid[1]) * side, side, side));
  }
  Promise.all([result.decode(), painting.decode()]).then(() => (point(Math.floor(grid[0] / 2), Math.floor(grid[1] / 2)), assemble()));
  $("neighborview").append(h("div", { className: "pictures", style: "--least:16rem" },
    h("figure", {}, frame, caption("the result; point at it", "结果；指一指")),
    h("figure", {}, h("div", { className: "frame" }, painting, there.layer), caption("the painting", "画")),
    h("figure", {}, h("div", { className: "frame" }, mosaic), caption("every place replaced by the piece of the painting that it took after", "每一处都换成它所学的那一小块画"))),
  h("div", { className: "patches" }, patches, words));
}
