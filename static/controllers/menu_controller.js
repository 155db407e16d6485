import { Controller } from "@hotwired/stimulus";

// Puts a popover beside its button and lets the arrow keys walk through it. Opened by a key, the focus
// goes to its first entry. Several links can share one popover: each is a button of it then.
export default class extends Controller {
  static targets = ["button", "panel"];

  buttonTargetConnected(button) {
    button.addEventListener("click", this.press);
  }

  buttonTargetDisconnected(button) {
    button.removeEventListener("click", this.press);
  }

  press = (event) => {
    this.isByKey = event.detail === 0;
    this.pressed = event.currentTarget;
    if (!this.pressed.matches("a") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.panelTarget.showPopover();
  };

  panelTargetConnected(panel) {
    panel.addEventListener("beforetoggle", this.prepare);
    panel.addEventListener("toggle", this.shown);
    panel.addEventListener("keydown", this.walk);
  }

  panelTargetDisconnected(panel) {
    panel.removeEventListener("beforetoggle", this.prepare);
    panel.removeEventListener("toggle", this.shown);
    panel.removeEventListener("keydown", this.walk);
  }

  prepare = (event) => {
    if (event.newState !== "open") return;
    this.panelTarget.classList.add("is-placed");
    this.panelTarget.style.visibility = "hidden";
    requestAnimationFrame(() => this.place());
  };

  shown = (event) => {
    const open = event.newState === "open";
    if (open) this.place();
    const listen = open ? "addEventListener" : "removeEventListener";
    window[listen]("scroll", this.follow, { capture: true, passive: true });
    window[listen]("resize", this.follow);
    if (!open) return;
    const first = this.panelTarget.querySelector("[autofocus], .form-control");
    (first ?? (this.isByKey ? this.items[0] : null))?.focus();
  };

  get items() {
    const all = this.panelTarget.querySelectorAll("a[href], button, input[type=checkbox]");
    return [...all].filter((item) => item.offsetParent);
  }

  follow = (event) => {
    if (!this.panelTarget.contains(event.target)) this.place();
  };

  place() {
    const panel = this.panelTarget;
    const button = (this.pressed ?? this.buttonTarget).getBoundingClientRect();
    const gap = 6;
    const edge = 8;
    const { offsetWidth: width, offsetHeight: height } = panel;
    const below = window.innerHeight - button.bottom - gap - edge;
    const top = below >= height || below >= button.top ? button.bottom + gap : button.top - gap - height;
    const left = button.left + width > window.innerWidth - edge ? button.right - width : button.left;
    panel.style.top = `${Math.max(edge, Math.min(top, window.innerHeight - height - edge))}px`;
    panel.style.left = `${Math.max(edge, Math.min(left, window.innerWidth - width - edge))}px`;
    panel.style.visibility = "";
  }

  walk = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const items = this.items;
    if (!items.length) return;
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    items[(at + step + items.length) % items.length].focus();
  };
}
