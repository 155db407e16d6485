import { Controller } from "@hotwired/stimulus";

const PAUSE = 800;

// A form that is stored while somebody writes: a moment after the last key, and at once when a
// field is left. The form listens to the event "autosave" with htmx.
export default class extends Controller {
  connect() {
    this.element.addEventListener("input", this.wait);
    this.element.addEventListener("change", this.save);
    window.addEventListener("beforeunload", this.warn);
  }

  disconnect() {
    clearTimeout(this.timer);
    window.removeEventListener("beforeunload", this.warn);
  }

  wait = (event) => {
    if (!event.target.name) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.save, PAUSE);
  };

  save = (event) => {
    if (event && !event.target.name) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.element.dispatchEvent(new CustomEvent("autosave"));
  };

  warn = (event) => {
    if (this.timer) event.preventDefault();
  };
}
