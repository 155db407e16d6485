import { Controller } from "@hotwired/stimulus";
import { isTyping } from "leadcrm/requests";

// Columns whose cards can be dragged. Dropping a card posts the same form as the "Move to…" menu that
// all cards share. The arrow keys walk from card to card, "m" opens the menu at the card. The board
// comes back from a move where it was scrolled to.
export default class extends Controller {
  static targets = ["list", "menu"];

  async connect() {
    this.element.addEventListener("keydown", this.press);
    this.element.addEventListener("click", this.click);
    this.restore();
    const { default: Sortable } = await import("sortablejs");
    if (!this.element.isConnected) return;
    this.sortables = this.listTargets.map((list) =>
      Sortable.create(list, {
        group: "board",
        animation: 120,
        delay: 150,
        delayOnTouchOnly: true,
        draggable: ".board-card",
        filter: ".board-move",
        preventOnFilter: false,
        ghostClass: "is-ghost",
        onEnd: (event) => this.drop(event),
      }),
    );
    this.element.dataset.sortable = "true";
  }

  disconnect() {
    this.element.removeEventListener("keydown", this.press);
    this.element.removeEventListener("click", this.click);
    for (const sortable of this.sortables ?? []) sortable.destroy();
  }

  drop({ item, from, to, oldIndex }) {
    if (from === to) return;
    const button = this.aim(item, from).find((other) => other.value === to.dataset.column);
    if (!button) {
      from.insertBefore(item, from.children[oldIndex] ?? null);
      return;
    }
    this.keep();
    button.form.requestSubmit(button);
  }

  click = (event) => {
    const card = event.target.closest(".board-move")?.closest(".board-card");
    if (card) this.aim(card, card.closest("[data-column]"));
  };

  // Makes the menu one of this card, which stands in this list; gives the buttons that it has then.
  aim(card, list) {
    if (!this.hasMenuTarget) return [];
    const form = this.menuTarget.querySelector("form");
    form.action = card.dataset.moveUrl;
    const buttons = [...form.querySelectorAll("[name=to]")];
    for (const button of buttons) button.hidden = button.value === list.dataset.column;
    return buttons.filter((button) => !button.hidden);
  }

  press = (event) => {
    const card = event.target.closest(".board-card");
    if (!card || isTyping(event.target) || event.target.closest(".pop")) return;
    const next = {
      ArrowDown: () => card.nextElementSibling,
      ArrowUp: () => card.previousElementSibling,
      ArrowRight: () => this.beside(card, 1),
      ArrowLeft: () => this.beside(card, -1),
    }[event.key]?.();
    if (next) {
      event.preventDefault();
      next.querySelector("a, button").focus();
    }
    if (event.key === "m" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      card.querySelector(".board-move")?.click();
    }
  };

  beside(card, step) {
    const lists = this.listTargets;
    const at = lists.findIndex((list) => list.contains(card));
    const place = [...lists[at].children].indexOf(card);
    const range = step > 0 ? lists.slice(at + 1) : lists.slice(0, at).reverse();
    const list = range.find((other) => other.children.length > 0);
    return list?.children[Math.min(place, list.children.length - 1)];
  }

  get name() {
    return `board:${window.location.pathname}`;
  }

  keep() {
    const places = [this.element.scrollLeft, ...this.listTargets.map((list) => list.scrollTop)];
    sessionStorage.setItem(this.name, JSON.stringify(places));
  }

  restore() {
    const kept = sessionStorage.getItem(this.name);
    if (!kept) return;
    sessionStorage.removeItem(this.name);
    const [left, ...tops] = JSON.parse(kept);
    this.element.scrollLeft = left;
    this.listTargets.forEach((list, at) => {
      list.scrollTop = tops[at] ?? 0;
    });
  }
}
