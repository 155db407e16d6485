import { Controller } from "@hotwired/stimulus";
import { announce } from "leadcrm/requests";

// A text with a button that copies it.
export default class extends Controller {
  static targets = ["source", "label"];
  static values = { done: String };

  async copy() {
    const source = this.sourceTarget;
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    } catch {
      source.select?.();
      document.execCommand("copy");
    }
    announce(this.doneValue);
    const usual = this.labelTarget.textContent;
    this.labelTarget.textContent = this.doneValue;
    setTimeout(() => {
      this.labelTarget.textContent = usual;
    }, 2000);
  }
}
