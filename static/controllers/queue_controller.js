import { Controller } from "@hotwired/stimulus";
import { isTyping } from "leadcrm/requests";

// The keys of the queue: what a row offers under data-row-key is done with that key, for the row
// that has the focus or else for the first row that offers it.
export default class extends Controller {
  connect() {
    document.addEventListener("keydown", this.press);
  }

  disconnect() {
    document.removeEventListener("keydown", this.press);
  }

  press = (event) => {
    if (document.body.dataset.keysSingleValue !== "true") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const selector = `[data-row-key="${CSS.escape(event.key)}"]`;
    const row = document.activeElement?.closest("tr");
    const place = (row && this.element.contains(row) ? row : this.element).querySelector(selector);
    if (!place) return;
    event.preventDefault();
    place.click();
  };
}
