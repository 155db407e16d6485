import { Controller } from "@hotwired/stimulus";
import { isTyping } from "leadcrm/requests";

// The keys of every page. Single keys never fire while somebody types or a dialog is open, and can
// be switched off.
export default class extends Controller {
  static values = { single: Boolean };

  connect() {
    document.addEventListener("keydown", this.press);
  }

  disconnect() {
    document.removeEventListener("keydown", this.press);
  }

  palette(event) {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("palette:show"));
  }

  help() {
    document.getElementById("keys").showModal();
  }

  press = (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      return this.palette(event);
    }
    if (!this.singleValue || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return this.help();
    if (event.key === "/") return this.search(event);
    const step = { j: "next", k: "prev" }[event.key];
    if (step) return this.step(event, step);
    const place = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!place) return;
    event.preventDefault();
    place.matches("input, textarea, select") ? place.focus() : place.click();
  };

  search(event) {
    const field = document.querySelector("[data-search-field]");
    if (!field) return;
    event.preventDefault();
    field.select();
  }

  // Rows of a list take j and k themselves; a page about one record offers links to its neighbours.
  step(event, direction) {
    const taken = !document.dispatchEvent(
      new CustomEvent("rows:step", { cancelable: true, detail: { direction } }),
    );
    if (taken) return event.preventDefault();
    document.querySelector(`[data-record="${direction}"]`)?.click();
  }
}
