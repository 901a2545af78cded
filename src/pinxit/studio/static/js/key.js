/** Asks for the key of a server that requires one. */

import { signIn } from "./api.js";
import { $ } from "./dom.js";
import * as trouble from "./trouble.js";

let asking = null;

/** Resolve once the service has accepted a key. */
export function ask() {
  asking ??= new Promise((resolve) => {
    const dialog = $("#key");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    $("#key-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      trouble.clear($("#key-trouble"));
      try {
        await signIn($("#key-value").value);
        dialog.close();
        resolve();
      } catch (error) {
        trouble.show($("#key-trouble"), error);
      }
    });
    dialog.showModal();
  }).finally(() => (asking = null));
  return asking;
}
