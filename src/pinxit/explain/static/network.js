// Chapters 1 and 2: the network's layers and maps; a convolution and a pooling, number by number.

const pressed = [];

function drawNetwork() {
  const image = photo(data.pictures.photo, label("The photo", "照片")), mark = overlay();
  const title = h("p", { className: "note" }), strongest = h("div", { className: "maps" });
  const all = h("canvas", { className: "map" }), more = h("details", {}, h("summary", {}, both("all channels of this layer", "这一层的全部通道")), all);
  const big = mapCanvas(), patch = h("canvas", { style: "width:100%", role: "img", "aria-label": label("The part that excites it most", "最激发它的部分") });
  const facts = h("p", { role: "status" });
  let layer, maps;

  function show(channel) {
    const [, height, width] = layer.size, row = Math.floor(layer.at[channel] / width), column = layer.at[channel] % width;
    const half = layer.field / 2, x = (column + 0.5) * layer.stride, y = (row + 0.5) * layer.stride;
    const across = width * layer.stride, down = height * layer.stride;
    const box = mark.show((x - half) / across, (y - half) / down, layer.field / across, layer.field / down);
    crop(patch, image, box);
    const large = layer.strongest.indexOf(channel);
    const atlas = large >= 0 ? layer.large : layer.all;
    mapsOf(atlas, large >= 0 ? layer.strongest.length : layer.size[0]).then((list) => paint(big, list[large >= 0 ? large : channel], atlas.w, atlas.h));
    facts.replaceChildren(...both(
      `Channel ${channel}: at most ${number(layer.tops[channel])}, ${number(layer.means[channel])} on average.`,
      `通道 ${channel}：最大 ${number(layer.tops[channel])}，平均 ${number(layer.means[channel])}。`));
    for (const button of strongest.children) button.setAttribute("aria-pressed", String(+button.dataset.channel === channel));
    drawn = () => show(channel);
  }
  let drawn = () => {};

  async function drawAll() {
    const { w, h: tall, columns } = layer.all, count = layer.size[0], rows = Math.ceil(count / columns);
    const list = await mapsOf(layer.all, count), sheet = new Uint8Array(w * columns * tall * rows);
    list.forEach((map, index) => {
      const left = (index % columns) * w, top = Math.floor(index / columns) * tall;
      for (let row = 0; row < tall; row++) sheet.set(map.subarray(row * w, (row + 1) * w), (top + row) * w * columns + left);
    });
    paint(all, sheet, w * columns, tall * rows);
    all.style.width = "100%";
  }
  more.addEventListener("toggle", () => more.open && drawAll());
  pointable(all, () => [Math.ceil(layer.size[0] / layer.all.columns), layer.all.columns],
    (row, column) => show(Math.min(layer.size[0] - 1, row * layer.all.columns + column)), label("All channels", "全部通道"));

  async function choose(name) {
    layer = data.network.find((each) => each.name === name);
    const [channels, height, width] = layer.size;
    title.replaceChildren(...both(
      `${name}: ${channels} channels, ${width} × ${height} positions, one for every ${layer.stride} px of the picture; the receptive field is ${layer.field} px wide. ${Math.round(100 * layer.silent)} % of all values are 0. The strongest channels:`,
      `${name}：${channels} 个通道，${width} × ${height} 个位置，图上每 ${layer.stride} 像素一个；感受野宽 ${layer.field} 像素。全部数值中 ${Math.round(100 * layer.silent)} % 为 0。最强的通道：`));
    maps = await mapsOf(layer.large, layer.strongest.length);
    strongest.replaceChildren(...layer.strongest.map((channel, index) => {
      const canvas = mapCanvas();
      paint(canvas, maps[index], layer.large.w, layer.large.h);
      const button = h("button", { type: "button" }, canvas, String(channel));
      button.dataset.channel = channel;
      for (const event of ["click", "pointerenter", "focus"]) button.addEventListener(event, () => show(channel));
      return button;
    }));
    if (more.open) drawAll();
    image.decode().then(() => show(layer.strongest[0]));
  }

  const blocks = [1, 2, 3, 4, 5].map((block) => {
    const inside = data.network.filter((each) => each.name[4] === String(block));
    const buttons = inside.map((each) => {
      const button = h("button", { type: "button", title: each.name, "aria-label": each.name, style: `--tall:${8 / 1.45 ** (block - 1)}rem;--wide:${0.55 + 0.28 * block}rem` });
      button.addEventListener("click", () => press(each.name));
      return [each.name, button];
    });
    pressed.push(...buttons);
    return h("div", { className: "block" }, h("div", {}, buttons.map(([, button]) => button)),
      h("span", {}, both(`block ${block}`, `块 ${block}`), h("br"), both(`${inside[0].size[0]} channels`, `${inside[0].size[0]} 通道`)));
  });
  function press(name) {
    for (const [each, button] of pressed) button.setAttribute("aria-pressed", String(each === name));
    choose(name);
  }
  redraws.add(() => choose(layer.name));
  $("vgg").append(h("div", { className: "blocks", role: "group", "aria-label": label("Layers of VGG-19", "VGG-19 的各层") }, blocks), title,
    h("div", { className: "two" },
      h("figure", {}, h("div", { className: "frame" }, image, mark.layer), caption("Your photo. The frame: what the chosen channel's strongest position sees.", "你的照片。方框：所选通道最强的位置所看到的范围。")),
      h("div", {}, strongest, h("div", { className: "pictures", style: "margin-top:1rem" },
        h("figure", {}, big, caption("its map", "它的特征图")),
        h("figure", {}, patch, caption("the part that excites it most", "最激发它的那一块"))), facts, more)));
  press("conv3_1");
}


function cells(rows, columns, write) {
  const list = Array.from({ length: rows * columns }, (_, index) => write(h("span"), Math.floor(index / columns), index % columns));
  return { list, made: h("div", { className: "grid", style: `grid-template-columns:repeat(${columns},1fr)` }, list) };
}

function shade(cell, value, top, text) {
  const color = palette[Math.max(0, Math.min(255, Math.round(255 * (value / Math.max(top, 1e-9)) ** 0.7)))];
  cell.style.background = `rgb(${color.map(Math.round)})`;
  const light = color.reduce((sum, each, index) => sum + [0.2126, 0.7152, 0.0722][index] * (each / 255) ** 2.2, 0);
  cell.style.color = light > 0.179 ? "#000" : "#fff"; // whichever contrasts more
  cell.textContent = text;
  return cell;
}

function drawConvolution() {
  const { side, colors, channels, input, weight, bias, output } = data.convolution, inner = side - 2;
  let chosen = 0, at = [2, 2];
  const window = cells(side, side, (cell, row, column) => ((cell.style.background = `rgb(${colors[row][column]})`), cell));
  const kernels = h("div", { className: "kernels" }), sum = h("p", { className: "sum", role: "status" });
  const result = cells(inner, inner, (cell) => cell);

  function draw() {
    const [row, column] = at, top = Math.max(...output.slice(chosen * inner * inner, (chosen + 1) * inner * inner), 1);
    window.list.forEach((cell, index) => cell.classList.toggle("on", Math.abs(Math.floor(index / side) - row - 1) < 2 && Math.abs((index % side) - column - 1) < 2));
    result.list.forEach((cell, index) => {
      const value = output[chosen * inner * inner + index];
      shade(cell, value, top, Math.round(value));
      cell.classList.toggle("on", index === row * inner + column);
    });
    const parts = [0, 1, 2].map((color) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((tap) => [
      input[(color * side + row + Math.floor(tap / 3)) * side + column + (tap % 3)], weight[(chosen * 3 + color) * 9 + tap]]));
    const square = (values, digits) => h("div", { className: "grid" }, values.map((value) => h("span", {}, number(value, digits))));
    const rows = parts.map((list, color) => [h("span", {}, both(["red", "green", "blue"][color], ["红", "绿", "蓝"][color])),
      square(list.map(([value]) => value)), square(list.map(([, w]) => w), 2), square(list.map(([value, w]) => value * w))]);
    kernels.replaceChildren(h("span"), ...[["value", "数值"], ["× weight", "× 权重"], ["= product", "= 乘积"]].map((text) => h("span", {}, both(...text))), ...rows.flat());
    const sums = parts.map((list) => list.reduce((total, [value, w]) => total + value * w, 0));
    const value = output[chosen * inner * inner + row * inner + column];
    sum.replaceChildren(`max(0, ${sums.map((each) => number(each, 4)).join(" + ")} + ${number(bias[chosen], 4)}) = ${number(value, 4)}`.replaceAll("+ −", "− "));
  }
  const pick = (shift, size) => (row, column) => {
    at = [Math.max(0, Math.min(inner - 1, row - shift)), Math.max(0, Math.min(inner - 1, column - shift))];
    draw();
  };
  pointable(window.made, () => [side, side], pick(1), label("Part of the photo", "照片的一块"));
  pointable(result.made, () => [inner, inner], pick(0), label("Result of the convolution", "卷积的结果"));
  const bar = choices(channels.map((channel, index) => [index, String(channel)]), 0, (index) => ((chosen = index), draw()));
  bar.bar.prepend(...both("channel of conv1_1:", "conv1_1 的通道："));
  redraws.add(draw);
  $("conv").append(bar.bar, h("div", { className: "two work" },
    h("figure", {}, window.made, caption("the photo; point at it", "照片；指一指")), kernels,
    h("figure", {}, result.made, caption("the feature map", "特征图"))), sum);
  bar.start();
}

function drawPooling() {
  const { input, channel } = data.pool, top = Math.max(...input);
  const [wide, max, mean] = [8, 4, 4].map((side) => cells(side, side, (cell) => cell));
  let at = [1, 1];
  function draw() {
    wide.list.forEach((cell, index) => shade(cell, input[index], top, Math.round(input[index])).classList.toggle("on", Math.floor(index / 16) === at[0] && Math.floor((index % 8) / 2) === at[1]));
    for (const [grid, values] of [[max, data.pool.max], [mean, data.pool.average]])
      grid.list.forEach((cell, index) => shade(cell, values[index], top, Math.round(values[index])).classList.toggle("on", index === at[0] * 4 + at[1]));
  }
  const go = (row, column) => ((at = [row, column]), draw());
  pointable(wide.made, () => [4, 4], go, label("A feature map", "一张特征图"));
  for (const grid of [max, mean]) pointable(grid.made, () => [4, 4], go, label("Pooled", "池化后"));
  redraws.add(draw);
  draw();
  $("pool").append(h("div", { className: "two pool" },
    h("figure", {}, wide.made, caption(`channel ${channel} of conv1_2`, `conv1_2 的通道 ${channel}`)),
    h("figure", {}, max.made, caption("the largest of four", "四个中最大的")),
    h("figure", {}, mean.made, caption("the mean of four", "四个的平均"))));
}
