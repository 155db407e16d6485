import { Controller } from "@hotwired/stimulus";
import { ask } from "leadcrm/dialogs";

// A form that asks before it posts: data-controller="confirm" data-action="confirm#ask".
export default class extends Controller {
  static values = { text: String, label: String, danger: Boolean };

  async ask(event) {
    if (this.sure) return;
    event.preventDefault();
    const submitter = event.submitter;
    this.sure = await ask(this.textValue, { label: this.labelValue, danger: this.dangerValue });
    if (!this.sure) return;
    this.element.requestSubmit(submitter);
    this.sure = false;
  }
}
