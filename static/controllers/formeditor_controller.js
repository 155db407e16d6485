import { Controller } from "@hotwired/stimulus";
import { announce } from "leadcrm/requests";

// Saving while typing and publishing do not overtake one another: a submit waits for the answer to
// what is being saved, which brings the version that it builds on.
// The fields of a form can be dragged, or moved with the arrow keys on their handle. Either way the
// form tells that something was "moved", and htmx saves it like any other change.
export default class extends Controller {
  static targets = ["list"];
  static values = { moved: String };

  async connect() {
    this.running = 0;
    this.element.addEventListener("htmx:before:request", this.begin);
    this.element.addEventListener("htmx:finally:request", this.end);
    this.element.addEventListener("submit", this.wait);
    this.element.addEventListener("session:stayed", this.stay);
    window.addEventListener("pageshow", this.stay);
    const { default: Sortable } = await import("sortablejs");
    if (!this.element.isConnected || !this.hasListTarget) return;
    this.sortable = Sortable.create(this.listTarget, {
      animation: 120,
      handle: ".form-handle",
      draggable: ".form-row",
      ghostClass: "is-ghost",
      onEnd: ({ oldIndex, newIndex }) => {
        if (oldIndex !== newIndex) this.tell();
      },
    });
  }

  disconnect() {
    this.element.removeEventListener("htmx:before:request", this.begin);
    this.element.removeEventListener("htmx:finally:request", this.end);
    this.element.removeEventListener("submit", this.wait);
    this.element.removeEventListener("session:stayed", this.stay);
    window.removeEventListener("pageshow", this.stay);
    window.removeEventListener("pageshow", this.stay);
    this.sortable?.destroy();
  }

  begin = (event) => {
    // What is being sent holds everything; a save beside it would take its answer's message away.
    if (this.isLeaving) return event.preventDefault();
    this.running += 1;
    // A save that waited for the one before was put together with the version from before it.
    const version = document.querySelector("input[name=version][form=form-edit]");
    event.detail.ctx.request.body?.set?.("version", version.value);
  };

  end = () => {
    this.running = Math.max(0, this.running - 1);
    if (this.running || !this.waiting) return;
    const { submitter } = this.waiting;
    this.waiting = null;
    this.element.requestSubmit(submitter);
  };

  // Back again, from the memory of the browser, or held back as the session has ended.
  stay = () => {
    this.isLeaving = false;
  };

  wait = (event) => {
    this.isLeaving = !this.running;
    if (this.isLeaving) return;
    event.preventDefault();
    this.waiting = { submitter: event.submitter };
  };

  key(event) {
    const row = event.currentTarget.closest(".form-row");
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (!step) return;
    event.preventDefault();
    const other = row[step];
    if (!other) return;
    if (event.key === "ArrowUp") other.before(row);
    else other.after(row);
    event.currentTarget.focus();
    const place = [...this.listTarget.children].indexOf(row) + 1;
    announce(`${this.movedValue} ${place}`);
    this.tell();
  }

  tell() {
    this.element.dispatchEvent(new CustomEvent("moved"));
  }
}
