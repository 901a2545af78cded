// Chapter 3: Gram matrices to point at, and what shuffling does to them.

const PICTURES = { photo: ["photo", "照片"], painting: ["painting", "画"], result: ["result", "结果"] };

function shuffled(length) {
  const order = Array.from({ length }, (_, index) => index);
  for (let index = length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    [order[index], order[other]] = [order[other], order[index]];
  }
  return order;
}

// The Gram matrix of maps of 8 bits, each scaled to its greatest value.
function gramOf(maps, tops) {
  const count = maps.length, positions = maps[0].length, gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = i; j < count; j++) {
      let sum = 0;
      for (let k = 0; k < positions; k++) sum += maps[i][k] * maps[j][k];
      gram[i * count + j] = gram[j * count + i] = (sum * tops[i] * tops[j]) / positions / 65025;
    }
  return gram;
}

// The two channels by which photo and painting differ most, and the result takes after the painting.
function telling({ photo, painting, result }, count) {
  let most = -Infinity, cell = [0, 1];
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      const k = i * count + j, told = Math.abs(photo[k] - painting[k]) - 2 * Math.abs(result[k] - painting[k]);
      if (i !== j && told > most) [most, cell] = [told, [i, j]];
    }
  return cell;
}

function drawGram() {
  let layer, cell = [0, 1], mode = "none", stored = {}, plain;
  const heats = Object.keys(PICTURES).map((key) => [key, mapCanvas(), h("figcaption"), overlay()]);
  const pair = [0, 1, 2].map(() => [mapCanvas(), h("figcaption")]);
  let source = "photo";
  const numbers = h("p", { role: "status", className: "mono" }), effect = h("p", { className: "note", style: "margin-left:0" }), scrambled = h("canvas", { style: "width:100%", className: "map" });
  let recomputed;

  function heat() {
    const top = Math.max(...Object.values(layer.grams).flat());
    for (const [key, canvas, text] of heats) {
      const values = key === "photo" && recomputed ? recomputed : layer.grams[key], count = layer.channels.length;
      paint(canvas, Array.from(values, (value) => (255 * value) / top), count, count, 0.35);
      const distance = layer.distances[key];
      text.replaceChildren(h("strong", {}, both(...PICTURES[key])), ...(key === "painting" ? [] : both(`: ${number(distance)} from the painting`, `：离画 ${number(distance)}`)));
    }
  }

  function point(row, column) {
    cell = [row, column];
    const count = layer.channels.length, [i, j] = cell;
    for (const [, , , mark] of heats) mark.show(j / count, i / count, 1 / count, 1 / count);
    const maps = stored[source], { w, h: tall } = layer.maps[source];
    if (!maps) return;
    const product = maps[i].map((value, index) => (value * maps[j][index]) / 255);
    [maps[i], maps[j], product].forEach((values, index) => paint(pair[index][0], values, w, tall));
    const [a, b] = [layer.channels[i], layer.channels[j]];
    pair[0][1].textContent = `F${a}`;
    pair[1][1].textContent = `F${b}`;
    pair[2][1].replaceChildren(...both(`F${a} × F${b}: together`, `F${a} × F${b}：一起`));
    numbers.replaceChildren(...both(`G(${a}, ${b}) / M:`, `G(${a}, ${b}) / M：`), ...Object.keys(PICTURES).flatMap((key) => {
      const k = i * count + j, shuffled = key === "photo" && recomputed; // of the small maps, before and after
      const value = shuffled ? `${number(plain[k])} → ${number(recomputed[k])}` : number(layer.grams[key][k]);
      return [" ", ...both(...PICTURES[key]), ` ${value}`];
    }));
  }

  async function shuffle(how) {
    mode = how;
    const maps = await mapsOf(layer.maps.photo, layer.channels.length), length = maps[0].length;
    const one = how === "none" ? null : shuffled(length);
    stored.photo = !one ? maps : maps.map((map) => {
      const order = how === "each" ? shuffled(length) : one;
      return map.map((_, index) => map[order[index]]);
    });
    plain = gramOf(maps, layer.tops);
    recomputed = one ? gramOf(stored.photo, layer.tops) : null;
    const change = one ? recomputed.reduce((most, value, index) => Math.max(most, Math.abs(value - plain[index])), 0) / Math.max(...plain) : 0;
    effect.replaceChildren(...(one
      ? both(`Recomputed here from the small maps: the largest change is ${number(100 * change)} % of the largest entry. pinxit, shuffling all ${layer.positions.photo[0] * layer.positions.photo[1]} positions of all ${layer.of} channels together: ${number(100 * layer.shuffled)} % (rounding).`,
        `在本页用小特征图重算：最大的变化是最大元素的 ${number(100 * change)} %。pinxit 把全部 ${layer.of} 个通道的 ${layer.positions.photo[0] * layer.positions.photo[1]} 个位置一起打乱：${number(100 * layer.shuffled)} %（舍入误差）。`)
      : both(`${layer.channels.length} of the ${layer.of} channels, the strongest ones.`, `${layer.of} 个通道中最强的 ${layer.channels.length} 个。`)));
    scramblePhoto(one, layer.maps.photo);
    heat();
    point(...cell);
  }

  function scramblePhoto(order, { w, h: tall }) {
    scrambled.width = w;
    scrambled.height = tall;
    const context = scrambled.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0, w, tall);
    if (!order) return;
    const before = context.getImageData(0, 0, w, tall), after = new ImageData(w, tall);
    order.forEach((from, to) => after.data.set(before.data.subarray(4 * from, 4 * from + 4), 4 * to));
    context.putImageData(after, 0, 0);
  }
  const picture = photo(data.pictures.photo);

  async function choose(name) {
    layer = data.gram.find((each) => each.name === name);
    const lists = await Promise.all(Object.keys(PICTURES).map((key) => mapsOf(layer.maps[key], layer.channels.length)));
    stored = Object.fromEntries(Object.keys(PICTURES).map((key, index) => [key, lists[index]]));
    cell = telling(layer.grams, layer.channels.length);
    await picture.decode();
    await shuffle(mode);
  }

  const layers = choices(data.gram.map((each) => [each.name, each.name]), "conv3_1", choose);
  const mixing = choices([["none", ...both("as it is", "原样")], ["all", ...both("shuffle positions", "打乱位置")], ["each", ...both("shuffle each map on its own", "每张图各自打乱")]], "none", (how) => layer && shuffle(how));
  const sources = choices(Object.entries(PICTURES).map(([key, text]) => [key, ...both(...text)]), "photo", (key) => ((source = key), layer && point(...cell)));
  for (const [key, canvas] of heats) pointable(canvas, () => [layer.channels.length, layer.channels.length], point, label(`Gram matrix of the ${key}`, `Gram 矩阵：${PICTURES[key][1]}`));
  redraws.add(() => layer && (heat(), point(...cell)));
  $("gramview").append(layers.bar,
    h("div", { className: "pictures", style: "--least:14rem" }, heats.map(([, canvas, text, mark]) => h("figure", {}, h("div", { className: "frame" }, canvas, mark.layer), text))), numbers,
    h("div", { className: "bar" }, both("maps of the", "特征图取自"), sources.bar),
    h("div", { className: "pictures", style: "--least:8rem" }, pair.map(([canvas, text]) => h("figure", {}, canvas, text)),
      h("figure", {}, scrambled, caption("the photo at these positions", "这些位置上的照片"))), mixing.bar, effect);
  mixing.start();
  sources.start();
  layers.start();
}
