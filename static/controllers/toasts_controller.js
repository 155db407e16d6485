import { Controller } from "@hotwired/stimulus";
import { announce, token } from "leadcrm/requests";

const ICONS = {
  success: "circle-check",
  error: "alert-circle",
  warning: "alert-triangle",
  info: "info-circle",
};

// Short messages. Those of the server come with the page, or with the event "toast" of a response.
// They stay ten seconds, longer while they are pointed at or hold the focus; errors stay.
export default class extends Controller {
  static targets = ["note", "template"];
  static values = {
    undo: String,
    close: String,
    failed: String,
    offline: String,
    seconds: { type: Number, default: 10 },
  };

  connect() {
    document.addEventListener("toast", this.receive);
    document.addEventListener("htmx:error", this.broken);
  }

  disconnect() {
    document.removeEventListener("toast", this.receive);
    document.removeEventListener("htmx:error", this.broken);
  }

  receive = (event) => {
    for (const note of event.detail.notes ?? [event.detail]) {
      if (note.level === "error" && this.isShown(note.text)) announce(note.text);
      else this.show(note);
    }
  };

  broken = (event) => {
    const offline = event.detail.error instanceof TypeError;
    const text = offline ? this.offlineValue : this.failedValue;
    if (event.detail.ctx && !this.isShown(text)) this.show({ level: "error", text });
  };

  // What polls fails again and again; once said is enough until the message is closed.
  isShown(text) {
    return this.noteTargets.some((note) => note.querySelector(".note-text").textContent === text);
  }

  show({ text, level = "success", undo = "" }) {
    const note = this.templateTarget.content.firstElementChild.cloneNode(true);
    note.classList.add(`note-${level}`);
    note.querySelector(".ti").classList.add(`ti-${ICONS[level] ?? ICONS.info}`);
    note.querySelector(".note-text").textContent = text;
    note.dataset.toastsTarget = "note";
    if (undo) note.dataset.undo = undo;
    this.element.append(note);
  }

  noteTargetConnected(note) {
    if (note.dataset.ready) return;
    note.dataset.ready = "true";
    if (note.dataset.undo) note.append(this.undoForm(note.dataset.undo));
    note.append(this.closeButton(note));
    if (this.element.matches(":popover-open")) this.element.hidePopover();
    this.element.showPopover();
    announce(note.querySelector(".note-text").textContent);
    if (!note.classList.contains("note-error")) this.expire(note);
  }

  noteTargetDisconnected() {
    if (!this.hasNoteTarget && this.element.matches(":popover-open")) this.element.hidePopover();
  }

  undoForm(address) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "csrfmiddlewaretoken", value: token() });
    const button = document.createElement("button");
    button.className = "note-undo";
    button.textContent = this.undoValue;
    form.append(field, button);
    return form;
  }

  closeButton(note) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "close";
    button.setAttribute("aria-label", this.closeValue);
    button.innerHTML = '<i class="ti ti-x" aria-hidden="true"></i>';
    button.addEventListener("click", () => note.remove());
    return button;
  }

  expire(note) {
    let left = this.secondsValue;
    const timer = setInterval(() => {
      if (!note.isConnected) return clearInterval(timer);
      if (note.matches(":hover, :focus-within")) return;
      left -= 1;
      if (left <= 0) note.remove();
    }, 1000);
  }
}
