import { Controller } from "@hotwired/stimulus";
import { renew } from "leadcrm/session";

const AGAIN = 5000;
const STAYS = ["channel", "source_detail", "campaign", "place", "csrfmiddlewaretoken"];

// Entering people where the network comes and goes. Without a connection an entry waits in the
// memory of this page, never in the browser's storage, and the next one can be typed. It is sent
// again under the same number, so that the server takes it once, whatever arrived before.
export default class extends Controller {
  static targets = ["state"];
  static values = { kept: String, ended: String, sending: String, full: String };

  connect() {
    this.waiting = [];
    this.element.addEventListener("htmx:before:request", this.spare);
    this.element.addEventListener("htmx:error", this.hush);
    window.addEventListener("online", this.again);
    window.addEventListener("beforeunload", this.warn);
    this.clock = setInterval(this.again, AGAIN);
  }

  disconnect() {
    clearInterval(this.clock);
    this.element.removeEventListener("htmx:before:request", this.spare);
    this.element.removeEventListener("htmx:error", this.hush);
    window.removeEventListener("online", this.again);
    window.removeEventListener("beforeunload", this.warn);
  }

  send(event) {
    event.preventDefault();
    if (this.isBusy) return;
    const data = new FormData(this.element);
    // What was refused for the session waits already; what is typed now takes its place.
    this.waiting = this.waiting.filter((other) => other.get("once") !== data.get("once"));
    this.waiting.push(data);
    this.again();
  }

  again = async () => {
    if (this.isBusy || !this.waiting.length) return;
    this.isBusy = true;
    this.tell(this.sendingValue);
    try {
      while (this.waiting.length && (await this.post(this.waiting[0])));
    } catch {
      // A TypeError of fetch: nothing came back. What is typed now makes room for the next.
      if (this.isShown(this.waiting.at(-1))) this.clear();
      this.tell(this.keptValue.replace("%s", this.waiting.length));
    } finally {
      this.isBusy = false;
    }
  };

  // Send one entry; true when it is done and the next one may go.
  async post(data, isRenewed = false) {
    const answer = await fetch(this.element.action, {
      method: "POST",
      body: data,
      headers: { "HX-Request": "true" },
    });
    const next = answer.headers.get("HX-Redirect");
    if (answer.ok && next) return this.done(data, next);
    if (answer.status === 401) return this.tell(this.endedValue);
    if (answer.status === 403 && !isRenewed) {
      if (!(await renew({ isSilent: true }))) return this.tell(this.endedValue);
      data.set("csrfmiddlewaretoken", this.element.elements.csrfmiddlewaretoken.value);
      return this.post(data, true);
    }
    if (answer.status === 422) return this.refused(data, await answer.text());
    return this.tell(this.fullValue);
  }

  done(data, next) {
    const wasShown = this.isShown(data);
    this.waiting.shift();
    this.tell("");
    if (!this.waiting.length && (wasShown || this.isEmpty)) window.location.assign(next);
    else if (wasShown) this.clear();
    return true;
  }

  // The server says what is wrong: its form comes in place of ours, with the picture put back.
  refused(data, html) {
    this.waiting.shift();
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("quick");
    const photo = data.get("photo");
    this.element.replaceChildren(...fresh.childNodes);
    if (photo?.size) {
      const files = new DataTransfer();
      files.items.add(photo);
      this.element.elements.photo.files = files.files;
    }
    this.element.querySelector("[aria-invalid='true']")?.focus();
    return false;
  }

  isShown(data) {
    return data?.get("once") === this.element.elements.once.value;
  }

  get isEmpty() {
    return !["first_name", "last_name", "email", "phone", "note"].some((name) => this.element.elements[name].value);
  }

  clear() {
    for (const field of this.element.elements) {
      if (!field.name || STAYS.includes(field.name)) continue;
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    }
    this.element.elements.once.value = crypto.randomUUID();
    this.element.querySelector("#quick-matches").replaceChildren();
    this.element.elements.first_name.focus();
  }

  tell(text) {
    this.stateTarget.textContent = text;
    return false;
  }

  // Whether somebody is known already is looked up on the side: without a connection it is left
  // out, and where it fails, no message may cover the button of the next entry.
  spare = (event) => {
    if (!navigator.onLine || this.waiting.length) event.preventDefault();
  };

  hush = (event) => event.stopPropagation();

  warn = (event) => {
    if (this.waiting.length) event.preventDefault();
  };
}
