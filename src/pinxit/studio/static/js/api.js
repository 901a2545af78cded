/** Requests to the service. Every failure is thrown as a Problem. */

export class Problem extends Error {
  constructor({ type = "", title = "", status = 0, detail = "", field = "" }, retryAfter = 0) {
    super(detail || title);
    Object.assign(this, { kind: type.split(":").pop() || "unknown", title, status, detail, field, retryAfter });
  }
}

let askForKey = null;

/** Set the function that asks the visitor for the API key; it resolves once the service has accepted one. */
export function onKeyRequired(ask) {
  askForKey = ask;
}

export async function request(path, options = {}) {
  const answer = await reach(path, options);
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (problem.status === 401 && askForKey && path !== "/v1/session") {
    await askForKey();
    return request(path, options);
  }
  throw problem;
}

async function reach(path, options) {
  try {
    return await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ type: "offline" });
  }
}

async function problemOf(answer) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  const body = await answer.json().catch(() => ({}));
  return new Problem({ status: answer.status, title: answer.statusText, ...body }, retryAfter);
}

export async function getJson(path, options) {
  return (await request(path, options)).json();
}

export function form(fields) {
  const body = new FormData();
  for (const [name, value] of fields) {
    if (value instanceof Blob) body.append(name, value, value.name || "picture");
    else body.append(name, String(value));
  }
  return body;
}

export async function upload(blob, signal) {
  const body = form([["file", blob]]);
  return (await request("/v1/uploads", { method: "POST", body, signal })).json();
}

/** Upload a large file such as a film; `watch(share)` is called with the share sent. */
export function uploadWatched(blob, watch, signal) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", "/v1/uploads");
    call.responseType = "json";
    call.upload.onprogress = (event) => event.lengthComputable && watch(event.loaded / event.total);
    call.onload = () => {
      if (call.status < 300) resolve(call.response);
      else reject(new Problem({ status: call.status, ...call.response }, Number(call.getResponseHeader("Retry-After"))));
    };
    call.onerror = () => reject(new Problem({ type: "offline" }));
    call.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal?.addEventListener("abort", () => call.abort());
    call.send(form([["file", blob]]));
  });
}

/** Paint at once: resolves to { blob, seconds }, the time as the service measured it. */
export async function stylize(fields, signal) {
  const answer = await request("/v1/stylize", { method: "POST", body: form(fields), signal });
  const timing = answer.headers.get("Server-Timing") ?? "";
  const paint = Number(/paint;dur=([\d.]+)/.exec(timing)?.[1] ?? 0) / 1000;
  return { blob: await answer.blob(), seconds: paint };
}

/** Convert a painted picture to another format; its recipe stays inside. */
export async function convert(blob, format) {
  const body = form([["file", blob], ["format", format]]);
  return (await request("/v1/convert", { method: "POST", body })).blob();
}

export const forgetStyle = (name) => request(`/v1/styles/${encodeURIComponent(name)}`, { method: "DELETE" });

export async function startJob(fields) {
  return (await request("/v1/jobs", { method: "POST", body: form(fields) })).json();
}

export const listJobs = async () => (await getJson("/v1/jobs")).jobs;
export const stopJob = (id) => request(`/v1/jobs/${id}/stop`, { method: "POST" });
export const deleteJob = (id) => request(`/v1/jobs/${id}`, { method: "DELETE" });
export const signIn = (key) =>
  request("/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key }),
  });

/** Follow a job: `listener(event, data)` is called until the job ends. Returns a function that stops it. */
export function follow(id, listener) {
  const source = new EventSource(`/v1/jobs/${id}/events`);
  for (const name of ["state", "progress", "preview", "done", "error"]) {
    source.addEventListener(name, (event) => {
      if (event.data === undefined) return; // the connection broke; EventSource reconnects by itself
      if (name === "done" || name === "error") source.close();
      listener(name, JSON.parse(event.data));
    });
  }
  return () => source.close();
}
