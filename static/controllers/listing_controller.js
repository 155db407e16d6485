import { Controller } from "@hotwired/stimulus";
import { isTyping } from "leadcrm/requests";

// A list: j and k walk through its rows, x picks, Enter opens, the bar of bulk actions follows.
export default class extends Controller {
  static targets = ["row", "pick", "all", "bulk", "counter", "scope"];

  connect() {
    document.addEventListener("rows:step", this.step);
    this.element.addEventListener("keydown", this.press);
    this.count();
  }

  disconnect() {
    document.removeEventListener("rows:step", this.step);
    this.element.removeEventListener("keydown", this.press);
  }

  pickTargetConnected() {
    this.count();
  }

  step = (event) => {
    const rows = this.rowTargets;
    if (!rows.length || !this.element.offsetParent) return;
    event.preventDefault();
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = event.detail.direction === "next" ? at + 1 : Math.max(at - 1, 0);
    rows[Math.min(next, rows.length - 1)].focus();
  };

  press = (event) => {
    const row = event.target;
    if (isTyping(row) || !this.rowTargets.includes(row)) return;
    if (event.key === "Enter") row.querySelector(".row-link, a[href]")?.click();
    if (event.key === "x") row.querySelector(".row-pick")?.click();
  };

  pickAll() {
    for (const box of this.pickTargets) box.checked = this.allTarget.checked;
    this.count();
  }

  count() {
    if (!this.hasBulkTarget) return;
    const picked = this.pickTargets.filter((box) => box.checked).length;
    const everything = this.hasScopeTarget && this.scopeTarget.querySelector("input").checked;
    const whole = this.pickTargets.length > 0 && picked === this.pickTargets.length;
    this.bulkTarget.classList.toggle("is-shown", picked > 0 || everything);
    this.counterTarget.hidden = everything;
    this.counterTarget.textContent = this.counterTarget.dataset.text.replace("{count}", picked);
    if (this.hasScopeTarget) this.scopeTarget.hidden = !whole && !everything;
    this.allTarget.checked = whole;
    this.allTarget.indeterminate = picked > 0 && !whole;
  }
}
