import { Controller } from "@hotwired/stimulus";
import { isTyping } from "leadcrm/requests";

const PREFIX = "leadcrm:contact:";
const KEPT = ["contact_id", "note", "outcome", "next_step", "next_at"];

// The form after a call: keys choose outcome and next step (with Alt while typing), Ctrl+Enter
// saves. What was typed is kept in the browser until the server has it, so that a reload or a lost
// connection loses nothing; when the connection is back, what was sent is sent again under the same
// id.
export default class extends Controller {
  static targets = ["kept"];
  static values = { draft: String, kept: String };

  connect() {
    this.restore();
    document.addEventListener("keydown", this.press);
    this.element.addEventListener("input", this.keep);
    this.element.addEventListener("submit", this.send);
    document.addEventListener("htmx:after:request", this.answered);
    document.addEventListener("htmx:error", this.failed);
    window.addEventListener("online", this.again);
  }

  disconnect() {
    document.removeEventListener("keydown", this.press);
    document.removeEventListener("htmx:after:request", this.answered);
    document.removeEventListener("htmx:error", this.failed);
    window.removeEventListener("online", this.again);
  }

  get name() {
    return PREFIX + this.draftValue;
  }

  field(name) {
    return this.element.elements.namedItem(name);
  }

  press = (event) => {
    if (document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      return this.element.requestSubmit();
    }
    if (event.ctrlKey || event.metaKey || event.repeat) return;
    const typing = isTyping(event.target);
    if (typing ? !event.altKey : event.altKey || !this.hasSingleKeys) return;
    const key = event.altKey ? event.code.replace(/^(Digit|Key)/, "").toLowerCase() : event.key;
    if (key === "n" && !typing) {
      event.preventDefault();
      return this.field("note").focus();
    }
    const label = this.element.querySelector(`[data-work-key="${CSS.escape(key)}"]`);
    if (!label) return;
    event.preventDefault();
    label.querySelector("input").checked = true;
    this.keep();
  };

  get hasSingleKeys() {
    return document.body.dataset.keysSingleValue === "true";
  }

  keep = () => {
    const draft = Object.fromEntries(KEPT.map((name) => [name, this.field(name).value]));
    localStorage.setItem(this.name, JSON.stringify(draft));
  };

  restore() {
    const draft = JSON.parse(localStorage.getItem(this.name) ?? "null");
    if (!draft || this.element.querySelector("[aria-invalid]")) return;
    for (const name of KEPT) if (draft[name]) this.field(name).value = draft[name];
    if (!draft.note && !draft.outcome) return;
    this.keptTarget.textContent = this.keptValue;
    this.keptTarget.hidden = false;
  }

  send = () => {
    this.keep();
    this.waits = true;
  };

  answered = (event) => {
    const { ctx } = event.detail;
    if (ctx?.sourceElement !== this.element) return;
    this.waits = false;
    if (ctx.response?.raw?.ok ?? ctx.response?.status < 400) localStorage.removeItem(this.name);
  };

  failed = (event) => {
    if (event.detail.ctx?.sourceElement === this.element) this.waits = true;
  };

  again = () => {
    if (this.waits) this.element.requestSubmit();
  };
}
