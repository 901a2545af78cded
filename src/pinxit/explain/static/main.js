// The language, the head of the page, the glossary; then every chapter, one after the other.

const TERMS = [
  ["content", "内容", "What a picture shows, and where.", "图里画的是什么、在哪里。"],
  ["style", "风格", "How it is painted: colors, strokes, textures, and what goes with what.", "怎样画的：颜色、笔触、质感，以及什么与什么相伴。"],
  ["VGG-19", "VGG-19", "A network of 16 convolutions, trained to recognize objects; here it only measures.", "由 16 个卷积组成的网络，训练来识别物体；这里只用来测量。"],
  ["convolution", "卷积", "The same small set of weights applied at every position.", "同一小组权重用在每个位置上。"],
  ["kernel", "卷积核", "The weights of one channel of a convolution.", "卷积的一个通道的权重。"],
  ["channel", "通道", "One pattern that a layer searches for.", "一层所寻找的一种图案。"],
  ["feature map", "特征图", "How strongly a channel answers at each position.", "一个通道在每个位置上的响应强弱。"],
  ["features F", "特征 F", "All maps of a layer: one row a channel, one column a position.", "一层的全部特征图：一行一个通道，一列一个位置。"],
  ["receptive field", "感受野", "The part of the picture that one feature depends on.", "一个特征所依赖的那部分图。"],
  ["ReLU", "ReLU", "Sets negative values to 0.", "把负值变为 0。"],
  ["pooling", "池化", "One number in place of 2 × 2: the largest, or the mean.", "2 × 2 个数换成一个：最大的，或平均。"],
  ["Gram matrix G", "Gram 矩阵 G", "For each two channels, how much they fire together; places are forgotten.", "每两个通道一起发亮的程度；位置被忘掉。"],
  ["loss", "损失", "A number that is to become small.", "要使之变小的一个数。"],
  ["content loss", "内容损失", "Squared difference of the features.", "特征之差的平方。"],
  ["style loss", "风格损失", "Squared difference of the Gram matrices, at five layers.", "五层上 Gram 矩阵之差的平方。"],
  ["α / β", "α / β", "The weight of the content relative to the style.", "内容相对风格的权重。"],
  ["gradient", "梯度", "For each pixel, the direction in which the loss rises; a descent goes the other way.", "每个像素使损失上升的方向；下降则反着走。"],
  ["L-BFGS", "L-BFGS", "An optimizer that estimates curvature from its last steps.", "用最近几步估计曲率的优化器。"],
  ["Adam", "Adam", "An optimizer with a step length of its own for each pixel.", "每个像素有自己步长的优化器。"],
  ["nearest neighbor", "近邻", "The place of the painting that is most similar to a place of the picture.", "画中与图的某处最像的地方。"],
  ["AdaIN", "AdaIN（自适应实例归一化）", "Gives each channel the mean and the deviation of a style.", "给每个通道换上某种风格的均值和标准差。"],
  ["style code", "风格码", "The numbers from which a network makes these means and deviations.", "网络用来算出这些均值和标准差的一串数字。"],
  ["one pass", "一次前向", "Painting by one run through a trained network.", "让训练好的网络跑一遍就画完。"],
  ["training", "训练", "Adjusting a network's weights on many pictures, once, in advance.", "事先用许多图片调整网络的权重，只需一次。"],
];

function speak(language) {
  root.dataset.language = language;
  root.lang = language === "zh" ? "zh-CN" : "en";
  try { localStorage.setItem("pinxit-language", language); } catch { /* a page on disk, or from a server, may have no storage */ }
}

function drawHead() {
  speak(preferred());
  $("language").addEventListener("click", () => speak(root.dataset.language === "en" ? "zh" : "en"));
  const one = (uri, text, kind = "") => h("figure", { className: kind }, framed(uri, label(...text)), caption(...text));
  const sign = (text, kind = "") => h("span", { className: `sign ${kind}`, "aria-hidden": "true" }, text);
  $("hero").append(h("div", { className: "hero" }, one(data.pictures.photo, ["the photo: content", "照片：内容"]), sign("+"),
    one(data.pictures.painting, ["the painting: style", "画：风格"]), sign("=", "equals"), one(data.neighbors.image, ["painted by pinxit", "pinxit 所画"], "last")));
  $("terms").append(h("dl", { className: "terms" }, TERMS.map(([en, zh, meaning, sense]) => h("div", {},
    h("dt", {}, en, zh === en ? "" : h("span", {}, `  ${zh}`)), h("dd", {}, both(meaning, sense))))));
  const { version, names: [photo, painting], size, comparison, seconds } = data.about;
  $("about").append(h("p", {}, both(
    `Written by pinxit ${version} from ${photo || "your photo"} and ${painting || "your painting"} in ${seconds}: pictures of ${size} px, comparisons of ${comparison} px. Papers: Gatys, Ecker, Bethge 2016; Huang, Belongie 2017; Kolkin et al. 2022; Simonyan, Zisserman 2014.`,
    `由 pinxit ${version} 根据${photo ? ` ${photo} ` : "你的照片"}和${painting ? ` ${painting} ` : "你的画"}写成，用时 ${seconds}：图为 ${size} 像素，比较为 ${comparison} 像素。论文：Gatys、Ecker、Bethge 2016；Huang、Belongie 2017；Kolkin 等 2022；Simonyan、Zisserman 2014。`)));
  addEventListener("hashchange", openCode);
  addEventListener("beforeprint", () => document.querySelectorAll("details[id]").forEach((each) => (each.open = true)));
}

// In the language that the address asks for, else in the one that was chosen last, else in the browser's.
function preferred() {
  const asked = new URLSearchParams(location.search).get("language");
  if (["en", "zh"].includes(asked)) return asked;
  try { return localStorage.getItem("pinxit-language") ?? browsers(); } catch { return browsers(); }
}

const browsers = () => (navigator.language.startsWith("zh") ? "zh" : "en");

// Marks the chapter that is being read.
function followReading() {
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (isIntersecting) for (const [id, link] of links) id === target.id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }), { rootMargin: "-20% 0px -70%" });
  for (const id of links.keys()) watcher.observe($(id));
}

function openCode() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
}

drawHead();
for (const draw of [drawNetwork, drawConvolution, drawPooling, drawGram, drawReconstructions, drawDescent, drawComparisons, drawNeighbors, drawAdain, drawBlends, drawPrices]) draw();
openCode();
followReading();
document.body.dataset.ready = "";
