// The language, the head of the page, the glossary; then every chapter, one after the other.

const TERMS = [
  ["content", "内容", "What a picture shows, and where.", "图里画的是什么、在哪里。"],
  ["style", "风格", "How it is painted: colors, strokes, textures, and what goes with what.", "怎样画的：颜色、笔触、质感，以及什么与什么相伴。"],
  ["VGG-19", "VGG-19", "A network of 16 convolutions, trained to recognize objects; here it only measures.", "由 16 个卷积组成的网络，训练来识别物体；这里只用来测量。"],
  ["convolution, ∗", "卷积", "Multiplies a kernel with the values below it and adds up, at every position.", "在每个位置上，把卷积核与下面的数值相乘再相加。"],
  ["kernel", "卷积核", "The weights of one channel of a convolution.", "卷积的一个通道的权重。"],
  ["bias", "偏置", "A number added to each sum of a convolution: how strong the pattern must be to count.", "加到卷积的每个和上的一个数：图案要多强才算数。"],
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
  ["total variation", "全变差", "The mean difference between neighboring pixels; a little weight on it takes out noise.", "相邻像素之差的平均值；给它一点权重，就能去掉噪声。"],
  ["covariance", "协方差", "How much red, green and blue vary, and how far they rise and fall together. Its square root, multiplied by itself, gives the covariance.", "红、绿、蓝各自变化多少，在多大程度上同升同降。它的平方根自乘得到它。"],
  ["gradient", "梯度", "For each pixel, the direction in which the loss rises; a descent goes the other way.", "每个像素使损失上升的方向；下降则反着走。"],
  ["curvature", "曲率", "How quickly the gradient changes along a direction.", "梯度沿一个方向变化得多快。"],
  ["optimizer", "优化器", "The rule that makes a step of the gradient.", "由梯度得出一步的规则。"],
  ["L-BFGS", "L-BFGS", "An optimizer that estimates the curvature of the loss from its last steps.", "用最近几步估计损失曲率的优化器。"],
  ["Adam", "Adam", "An optimizer with a step length of its own for each pixel.", "每个像素有自己步长的优化器。"],
  ["coarse to fine", "由粗到细", "Painting a small picture first, then larger ones: large shapes first, then strokes.", "先画小图，再画大图：先大的形状，后笔触。"],
  ["hypercolumn", "超列", "The features of several layers at one place, in one list.", "几层在一处的特征，连成一串。"],
  ["cosine", "余弦", "Whether two lists of numbers point in the same direction: 1 the same, 0 nothing in common.", "两串数字的方向是否相同：1 为相同，0 为毫无共同之处。"],
  ["nearest neighbor", "近邻", "The place of the painting that is most similar to a place of the picture.", "画中与图的某处最像的地方。"],
  ["mean, standard deviation", "均值、标准差", "How strong a channel is over all positions, and how much that varies.", "一个通道在所有位置上有多强，变化有多大。"],
  ["AdaIN", "AdaIN（自适应实例归一化）", "Adaptive instance normalization: gives each channel the mean and the standard deviation of a style.", "给每个通道换上某种风格的均值和标准差。"],
  ["style code", "风格码", "The numbers from which a network makes these means and deviations.", "网络用来算出这些均值和标准差的一串数字。"],
  ["one pass", "一次前向", "Painting by one run through a trained network.", "让训练好的网络跑一遍就画完。"],
  ["training", "训练", "Adjusting a network's weights on many pictures, once, in advance.", "事先用许多图片调整网络的权重，只需一次。"],
  ["optical flow", "光流", "For every pixel of a frame, from where in the frame before it has moved.", "一帧的每个像素是从上一帧的哪里移来的。"],
  ["content distance", "内容距离", "How far a result's features are from the photo's; lower is nearer.", "结果的特征离照片的特征有多远；越小越近。"],
  ["style distance", "风格距离", "How far a result's Gram matrices are from the painting's; lower is nearer.", "结果的 Gram 矩阵离画的有多远；越小越近。"],
  ["patch precision", "块精度", "How far the places of a result are from the most similar places of the painting; lower is better.", "结果的各处离画中最像的地方有多远；越小越好。"],
  ["SSIM", "SSIM（结构相似度）", "Structural similarity with the photo: brightness, contrast and pattern in small windows; higher is more similar, 1 is identical.", "在小窗口里与照片比较亮度、反差和图案；越大越像，1 为相同。"],
];

const LETTERS = [
  ["p, a, x", "The photo, the painting, the picture in the making. x′: the picture at the start.", "照片、画、正在画的图。x′：起点的图。"],
  ["F, P", "The features of x and of p; F⁰ is the picture as VGG-19 expects it.", "x 和 p 的特征；F⁰ 是换算成 VGG-19 所要求的图。"],
  ["i, j; k, k′", "Channels; places (positions).", "通道；位置。"],
  ["l, N, M", "A layer; its numbers of channels and of positions.", "一层；它的通道数和位置数。"],
  ["K, b", "The kernels and the biases of a convolution.", "卷积的卷积核和偏置。"],
  ["G, A", "The Gram matrices of x and of a.", "x 和 a 的 Gram 矩阵。"],
  ["L, E, w", "A loss; the style loss of one layer; the weight of a layer.", "损失；一层的风格损失；一层的权重。"],
  ["α, β", "The weights of content and style.", "内容和风格的权重。"],
  ["η, H", "What scales a step; the inverse of the curvature, as L-BFGS estimates it. ∂L/∂x: the gradient.", "决定步子长短的数；L-BFGS 估计的曲率的倒数。∂L/∂x：梯度。"],
  ["m, C", "The mean color and the covariance of the colors, of a and of p. m with VGG: the mean color of the photos that VGG-19 was trained on.", "a 和 p 的平均颜色和颜色的协方差。带 VGG 的 m：VGG-19 训练时所用照片的平均颜色。"],
  ["h, q, y", "A hypercolumn, a query, a target. A bar above: the mean over all places.", "超列、查询、目标。上面加横线：所有位置的均值。"],
  ["μ, σ, ε", "The mean and the standard deviation of a channel; a tiny number.", "一个通道的均值和标准差；极小的数。"],
  ["c, s", "A style code; the strength of the style.", "风格码；风格的强度。"],
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
  $("letters").append(h("dl", { className: "terms" }, LETTERS.map(([letters, meaning, sense]) => h("div", {}, h("dt", {}, letters), h("dd", {}, both(meaning, sense))))));
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
