import { Controller } from "@hotwired/stimulus";
import { announce } from "leadcrm/requests";

// One mail of a sequence: blocks are added, moved and removed, placeholders go to where the cursor
// was last. Every change is told to the form as if it had been typed.
export default class extends Controller {
  static targets = ["blocks", "block"];
  static values = { move: String };

  connect() {
    this.element.addEventListener("focusin", this.remember);
  }

  remember = ({ target }) => {
    if (target.matches("input[name]:not([type=hidden]), textarea, trix-editor")) this.last = target;
  };

  add({ currentTarget }) {
    const kind = currentTarget.dataset.kind;
    const template = document.querySelector(`template[data-block="${CSS.escape(kind)}"]`);
    const block = template.content.firstElementChild.cloneNode(true);
    const footer = this.blockTargets.find((item) => item.querySelector("[name=block]").value === "footer");
    this.blocksTarget.insertBefore(block, kind === "footer" ? null : footer ?? null);
    block.querySelector("input:not([type=hidden]), trix-editor")?.focus();
    this.changed();
  }

  up(event) {
    const block = this.blockOf(event);
    block.previousElementSibling?.before(block);
    this.moved(event.currentTarget);
  }

  down(event) {
    const block = this.blockOf(event);
    block.nextElementSibling?.after(block);
    this.moved(event.currentTarget);
  }

  remove(event) {
    const block = this.blockOf(event);
    const next = block.nextElementSibling ?? block.previousElementSibling;
    block.remove();
    (next ?? this.blocksTarget).querySelector("button")?.focus();
    this.changed();
  }

  insert({ currentTarget }) {
    const name = currentTarget.value;
    currentTarget.value = "";
    if (!name) return;
    const text = `{{ ${name} }}`;
    const field = this.last?.isConnected ? this.last : this.element.querySelector("trix-editor, textarea");
    if (!field) return;
    field.focus();
    if (field.editor) {
      field.editor.insertString(text);
      return;
    }
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  blockOf(event) {
    return event.currentTarget.closest("[data-mail-target=block]");
  }

  moved(button) {
    button.focus();
    announce(this.moveValue);
    this.changed();
  }

  changed() {
    this.element.querySelector("[name=subject]").dispatchEvent(new Event("change", { bubbles: true }));
  }
}
