import { Controller } from "@hotwired/stimulus";

// Which mails were unfolded or folded by hand; the editor is drawn anew after each change.
const unfolded = new Map();

// The steps of a sequence: dragged by their handle, or moved with Alt and the arrow keys. Both send
// the form of the step's menu.
export default class extends Controller {
  static targets = ["list", "step", "mover", "body"];

  async connect() {
    const { default: Sortable } = await import("sortablejs");
    if (!this.element.isConnected || !this.hasListTarget) return;
    this.sortable = Sortable.create(this.listTarget, {
      animation: 120,
      handle: ".seq-handle",
      draggable: ".seq-step",
      ghostClass: "is-ghost",
      onEnd: ({ item, oldIndex, newIndex }) => {
        if (oldIndex !== newIndex) this.send(item, String(newIndex));
      },
    });
  }

  bodyTargetConnected(body) {
    const step = body.closest(".seq-step").id;
    if (unfolded.has(step)) body.open = unfolded.get(step);
  }

  remember({ currentTarget }) {
    unfolded.set(currentTarget.closest(".seq-step").id, currentTarget.open);
  }

  disconnect() {
    this.sortable?.destroy();
  }

  key(event) {
    const place = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!event.altKey || !place) return;
    event.preventDefault();
    this.send(event.currentTarget.closest(".seq-step"), place);
  }

  send(step, place) {
    const form = step.querySelector("[data-steps-target=mover]");
    const button = form.querySelector(`[value="${place}"]`) ?? form.querySelector("[hidden]");
    button.value = place;
    form.requestSubmit(button);
  }
}
