import { Controller } from "@hotwired/stimulus";

// Ctrl+K: type, arrow, Enter. Who is quicker than the answer to what they typed gets that answer,
// not what stood there before.
export default class extends Controller {
  static targets = ["field", "results"];

  connect() {
    document.addEventListener("palette:show", this.show);
    document.addEventListener("htmx:after:swap", this.first);
    this.element.addEventListener("click", this.outside);
    this.fieldTarget.addEventListener("keydown", this.move);
    this.fieldTarget.addEventListener("input", this.wait);
  }

  disconnect() {
    document.removeEventListener("palette:show", this.show);
    document.removeEventListener("htmx:after:swap", this.first);
  }

  show = () => {
    if (this.element.open) return this.element.close();
    this.element.showModal();
    this.fieldTarget.select();
    this.fieldTarget.dispatchEvent(new CustomEvent("palette:open"));
  };

  get options() {
    return [...this.resultsTarget.querySelectorAll("[role=option]")];
  }

  wait = () => {
    this.isEntered = false;
  };

  first = (event) => {
    const { ctx } = event.detail;
    if (ctx?.target !== this.resultsTarget) return;
    this.choose(this.options[0]);
    this.answered = new URL(ctx.request.action, location.href).searchParams.get("q") ?? "";
    if (this.isEntered) this.enter();
  };

  enter() {
    this.isEntered = this.answered !== this.fieldTarget.value;
    if (this.isEntered) return;
    this.element.close();
    this.options.find((option) => option.getAttribute("aria-selected") === "true")?.click();
  }

  choose(option) {
    for (const other of this.options) other.setAttribute("aria-selected", String(other === option));
    this.fieldTarget.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  move = (event) => {
    const options = this.options;
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") {
      event.preventDefault();
      this.enter();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !options.length) return;
    event.preventDefault();
    this.choose(options[(at + step + options.length) % options.length]);
  };

  outside = (event) => {
    if (event.target === this.element) this.element.close();
  };
}
