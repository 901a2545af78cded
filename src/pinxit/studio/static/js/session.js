/** Keeps photo, styles, mix, regions and settings in the browser, so that a reload or a second tab finds them again. */

import * as content from "./content.js";
import { debounced } from "./dom.js";
import * as history from "./history.js";
import * as palette from "./palette.js";
import { receivedAs } from "./sources.js";
import { on, state } from "./state.js";
import * as store from "./store.js";

const ID = "now"; // of the one session that is kept
const PAUSE = 150; // ms without a change, after which it is saved
let saving = Promise.resolve();
const sent = new Set(); // keys of the pictures that this page has saved
let watched = null; // id of the job that is shown

const save = () => (saving = saving.then(write).catch(() => {}));
const later = debounced(save);

export function begin() {
  for (const topic of ["look", "option", "content", "styles", "shelf", "painted"]) on(topic, () => later(PAUSE));
  on("content", () => history.isRestoring() || save());
  on("watching", (id) => ((watched = id), later(PAUSE)));
  window.addEventListener("pagehide", save);
}

/** What has to be known of anything with a picture: its key, its name, and its upload. */
const plain = ({ key, name, title, file, example, received }) => ({ key, name, title, file, example, received });

async function write() {
  if (!state.content) return;
  const { content: photo, styles, mixing, options } = history.taken();
  const dropped = palette.shelf.filter((style) => style.blob && !style.file && !style.named);
  const regions = styles.map(({ region }) => region).filter(Boolean);
  const { film } = photo;
  const pictures = new Map([...dropped, ...regions].map(({ key, blob }) => [key, blob]));
  if (!photo.example) pictures.set(photo.key, film ? film.blob : photo.blob);
  const session = {
    id: ID,
    content: { ...plain(photo), film: film && { at: film.at } },
    shelf: dropped.map(plain),
    styles: styles.map(({ style, weight, region }) => ({ ...plain(style), weight, region: region && plain(region) })),
    mixing,
    options,
    watched,
  };
  const fresh = [...pictures].filter(([id]) => !sent.has(id)).map(([id, blob]) => ["pictures", { id, blob }]);
  await store.putAll([...fresh, ["session", session]]).catch(() => store.put("session", session));
  for (const id of pictures.keys()) sent.add(id);
  await tidy(pictures);
}

/** Delete the pictures that the session lacks, and save again those that another tab deleted. */
async function tidy(pictures) {
  const there = new Set(await store.keys("pictures"));
  for (const [id, blob] of pictures) if (!there.has(id)) await store.put("pictures", { id, blob });
  for (const id of there) if (!pictures.has(id)) await store.remove("pictures", id);
}

/** Bring back what was saved; resolves to the id of the job that was shown. */
export async function restore() {
  const saved = await store.get("session", ID).catch(() => null);
  if (!saved) return null;
  for (const style of saved.shelf.reverse()) await withPicture(style).then((whole) => whole && palette.recall(whole));
  const styles = [];
  for (const { weight, region, ...one } of saved.styles) {
    const style = palette.shelf.find(({ key }) => key === one.key);
    if (!style) continue;
    receivedAs(style, one.received);
    styles.push({ style, weight, region: region && (await withPicture(region)) });
  }
  if (!styles.length) styles.push({ style: palette.first(), weight: 1, region: null });
  await history.restore({ ...saved, content: await photoOf(saved.content), styles });
  return saved.watched;
}

async function withPicture(thing) {
  const picture = await store.get("pictures", thing.key);
  return picture && receivedAs({ ...thing, blob: picture.blob }, thing.received);
}

async function photoOf({ film, ...photo }) {
  const whole = photo.example ? receivedAs(photo, photo.received) : await withPicture(photo);
  if (!whole) return content.exampleOf(content.EXAMPLES[0]);
  return film ? content.filmOf(new File([whole.blob], whole.name), film.at, whole.key) : whole;
}
