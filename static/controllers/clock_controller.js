import { Controller } from "@hotwired/stimulus";

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

// A clock that runs down: how long is left, in the language of the page, and its tone.
export default class extends Controller {
  static targets = ["text"];
  static values = { due: String, warn: String, overdue: String, dueText: String };

  connect() {
    this.words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
    this.show();
    this.timer = setInterval(() => this.show(), 10_000);
  }

  disconnect() {
    clearInterval(this.timer);
  }

  show() {
    const now = Date.now();
    const seconds = (new Date(this.dueValue) - now) / 1000;
    const isLate = seconds < 0;
    const tone = isLate ? "red" : now >= new Date(this.warnValue) ? "amber" : "green";
    for (const name of ["red", "amber", "green"]) {
      this.element.classList.toggle(`tone-${name}`, name === tone);
    }
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
    const count = Math.trunc(seconds / size);
    const prefix = isLate ? this.overdueValue : this.dueTextValue;
    const text = `${prefix} ${this.words.format(count === 0 && isLate ? -0 : count, unit)}`;
    if (this.textTarget.textContent !== text) this.textTarget.textContent = text;
  }
}
