import { Controller } from "@hotwired/stimulus";

// Light, dark, auto: applies at once and keeps the choice without leaving the page.
export default class extends Controller {
  async choose(event) {
    if (!event.submitter || !window.fetch) return;
    event.preventDefault();
    const root = document.documentElement;
    root.dataset.scheme = event.submitter.value;
    root.dispatchEvent(new CustomEvent("scheme:chosen"));
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === event.submitter));
    }
    const body = new FormData(this.element, event.submitter);
    await fetch(this.element.action, { method: "POST", body, redirect: "manual" });
  }
}
