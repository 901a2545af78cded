/** Saves works in the browser (IndexedDB); in memory where that fails. */

const STORE = "works";
const memory = new Map();
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const pending = indexedDB.open("pinxit", 1);
    pending.onupgradeneeded = () => pending.result.createObjectStore(STORE, { keyPath: "id" });
    pending.onsuccess = () => resolve(pending.result);
    pending.onerror = () => reject(pending.error);
  });
  return opening;
}

async function ask(mode, question) {
  const store = (await open()).transaction(STORE, mode).objectStore(STORE);
  return new Promise((resolve, reject) => {
    const pending = question(store);
    pending.onsuccess = () => resolve(pending.result);
    pending.onerror = () => reject(pending.error);
  });
}

/** work: { id, kind, created, title, settings, blob?, width?, height? }. */
export async function put(work) {
  memory.set(work.id, work);
  await ask("readwrite", (store) => store.put(work)).catch(() => {});
}

export async function all() {
  const saved = await ask("readonly", (store) => store.getAll()).catch(() => []);
  for (const work of saved) if (!memory.has(work.id)) memory.set(work.id, work);
  return [...memory.values()];
}

export async function remove(id) {
  memory.delete(id);
  await ask("readwrite", (store) => store.delete(id)).catch(() => {});
}
