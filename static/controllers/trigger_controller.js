import { Controller } from "@hotwired/stimulus";

const PARTS = { where: "condition", form: "form", reasons: "rejection" };

// Shows only what belongs to the chosen way into a sequence.
export default class extends Controller {
  connect() {
    this.element.addEventListener("change", this.show);
    this.show();
  }

  show = () => {
    const chosen = this.element.querySelector("[name=kind]:checked")?.value;
    for (const [name, kind] of Object.entries(PARTS)) {
      const field = this.element.querySelector(`[name="${name}"]`)?.closest(".field");
      if (field && this.element.querySelector("[name=kind]")) field.hidden = kind !== chosen;
    }
  };
}
