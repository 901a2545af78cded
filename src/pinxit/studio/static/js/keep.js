/** What was made, kept by the browser (IndexedDB), so that it is there again tomorrow; in memory where that fails. */

const STORE = "works";
const memory = new Map();
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("pinxit", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

async function ask(mode, question) {
  const store = (await open()).transaction(STORE, mode).objectStore(STORE);
  return new Promise((resolve, reject) => {
    const asked = question(store);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** work: { id, kind, created, title, settings, blob?, width?, height? }. */
export async function put(work) {
  memory.set(work.id, work);
  await ask("readwrite", (store) => store.put(work)).catch(() => {});
}

export async function all() {
  const kept = await ask("readonly", (store) => store.getAll()).catch(() => []);
  for (const work of kept) if (!memory.has(work.id)) memory.set(work.id, work);
  return [...memory.values()];
}

export async function remove(id) {
  memory.delete(id);
  await ask("readwrite", (store) => store.delete(id)).catch(() => {});
}
