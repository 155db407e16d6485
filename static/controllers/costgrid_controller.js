import { Controller } from "@hotwired/stimulus";

const CUT = /[\t;]/;

// The table of costs: a month is filled in from the one before with one click, and cells that were
// copied from a spreadsheet, or typed with semicolons between them, go where they belong.
export default class extends Controller {
  static targets = ["row", "button"];

  buttonTargetConnected(button) {
    button.hidden = false;
  }

  select({ target }) {
    if (target.matches("input[type=text]")) target.select();
  }

  copy({ currentTarget }) {
    const row = currentTarget.closest("tr");
    const before = this.cells(this.rowTargets[this.rowTargets.indexOf(row) - 1]);
    this.cells(row).forEach((cell, number) => {
      if (before[number].value) cell.value = before[number].value;
    });
    this.cells(row)[0].focus();
  }

  paste(event) {
    const text = event.clipboardData.getData("text").replace(/\r?\n$/, "");
    if (!event.target.matches("input[type=text]") || !/[\t;\n]/.test(text)) return;
    event.preventDefault();
    this.fill(event.target, text);
  }

  spread({ target }) {
    if (target.matches("input[type=text]") && CUT.test(target.value)) this.fill(target, target.value);
  }

  fill(start, text) {
    const row = start.closest("tr");
    const top = this.rowTargets.indexOf(row);
    const left = this.cells(row).indexOf(start);
    text.split(/\r?\n/).forEach((line, down) => {
      const cells = this.rowTargets[top + down] ? this.cells(this.rowTargets[top + down]) : [];
      line.split(CUT).forEach((part, right) => {
        if (cells[left + right]) cells[left + right].value = part.trim();
      });
    });
  }

  cells(row) {
    return [...row.querySelectorAll("input[type=text]")];
  }
}
