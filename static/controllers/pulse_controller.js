import { Controller } from "@hotwired/stimulus";

// Asks a small address every few seconds whether something has changed (ETag, 304) and fires
// "pulse" on its element when it has. Rests while nobody looks or a dialog is open.
export default class extends Controller {
  static values = { url: String, tag: String, every: { type: Number, default: 4000 } };

  connect() {
    this.timer = setInterval(this.beat, this.everyValue);
    document.addEventListener("visibilitychange", this.beat);
  }

  disconnect() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.beat);
  }

  beat = async () => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    try {
      const response = await fetch(this.urlValue, { headers: { "If-None-Match": this.tagValue } });
      const tag = response.headers.get("ETag");
      if (response.status !== 204 || !tag || tag === this.tagValue) return;
      this.tagValue = tag;
      this.element.dispatchEvent(new CustomEvent("pulse"));
    } catch {
      // Without a connection the next beat asks again.
    }
  };
}
