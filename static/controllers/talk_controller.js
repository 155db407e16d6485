import { Controller } from "@hotwired/stimulus";

// A talk with a visitor: the newest line is in view, Enter sends, a ready answer is put where the
// cursor stands.
export default class extends Controller {
  static targets = ["log", "text"];

  logTargetConnected(log) {
    log.scrollTop = log.scrollHeight;
  }

  press(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (this.textTarget.value.trim()) this.textTarget.form.requestSubmit();
  }

  insert(event) {
    const { value } = event.target;
    if (!value) return;
    const text = this.textTarget;
    text.setRangeText(value, text.selectionStart, text.selectionEnd, "end");
    event.target.selectedIndex = 0;
    text.focus();
  }
}
