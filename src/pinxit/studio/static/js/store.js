/** Saves works, pictures and the session in the browser (IndexedDB); in memory where that fails. */

const STORES = ["works", "pictures", "session"]; // records have an `id`
const memory = new Map(STORES.map((name) => [name, new Map()]));
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const pending = indexedDB.open("pinxit", 2);
    pending.onupgradeneeded = () => {
      const there = pending.result.objectStoreNames;
      for (const name of STORES) if (!there.contains(name)) pending.result.createObjectStore(name, { keyPath: "id" });
    };
    pending.onsuccess = () => {
      pending.result.onversionchange = () => pending.result.close();
      resolve(pending.result);
    };
    pending.onerror = pending.onblocked = () => reject(pending.error);
  });
  return opening;
}

/** Save several records, [[name, record], …], together, and begin at once: little is left undone when the page closes. */
export async function putAll(records) {
  for (const [name, record] of records) memory.get(name).set(record.id, record);
  const stores = (await open()).transaction([...new Set(records.map(([name]) => name))], "readwrite");
  const done = new Promise((resolve, reject) => Object.assign(stores, { oncomplete: resolve, onabort: () => reject(stores.error) }));
  for (const [name, record] of records) stores.objectStore(name).put(record);
  stores.commit();
  await done;
}

async function ask(name, mode, question) {
  const store = (await open()).transaction(name, mode).objectStore(name);
  return new Promise((resolve, reject) => {
    const pending = question(store);
    pending.onsuccess = () => resolve(pending.result);
    pending.onerror = () => reject(pending.error);
  });
}

/** A work is { id, kind, created, title, settings, blob?, width?, height? }, a picture { id, blob }. */
export async function put(name, record) {
  memory.get(name).set(record.id, record);
  await ask(name, "readwrite", (store) => store.put(record)).catch(() => {});
}

export async function all(name) {
  const saved = await ask(name, "readonly", (store) => store.getAll()).catch(() => []);
  const records = new Map(saved.map((record) => [record.id, record]));
  return [...new Map([...records, ...memory.get(name)]).values()];
}

export async function get(name, id) {
  const saved = await ask(name, "readonly", (store) => store.get(id)).catch(() => undefined);
  return saved ?? memory.get(name).get(id);
}

export const keys = (name) => ask(name, "readonly", (store) => store.getAllKeys()).catch(() => [...memory.get(name).keys()]);

export async function remove(name, id) {
  memory.get(name).delete(id);
  await ask(name, "readwrite", (store) => store.delete(id)).catch(() => {});
}
