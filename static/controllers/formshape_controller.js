import { Controller } from "@hotwired/stimulus";

// Shows the settings of the chosen shape of a form, and hides the others.
export default class extends Controller {
  static targets = ["shape", "part"];

  connect() {
    this.show();
  }

  show() {
    for (const part of this.partTargets) {
      part.hidden = !part.dataset.for.split(" ").includes(this.shapeTarget.value);
    }
  }
}
