import { Controller } from "@hotwired/stimulus";

// The one dialog of a page. It opens when htmx puts something into its body. A form in it is sent by
// htmx too, so that a refused one stays in the dialog; a page that follows opens as a whole.
export default class extends Controller {
  static targets = ["body"];

  connect() {
    document.addEventListener("htmx:after:swap", this.open);
    document.addEventListener("modal:close", this.close);
    this.element.addEventListener("close", this.clear);
    this.element.addEventListener("click", this.outside);
    this.element.addEventListener("submit", this.send);
  }

  disconnect() {
    document.removeEventListener("htmx:after:swap", this.open);
    document.removeEventListener("modal:close", this.close);
  }

  open = (event) => {
    if (event.detail.ctx?.target !== this.bodyTarget) return;
    for (const panel of document.querySelectorAll("[popover].pop:popover-open")) panel.hidePopover();
    const { modalWidth } = this.bodyTarget.querySelector("[data-modal-width]")?.dataset ?? {};
    this.element.classList.toggle("is-wide", modalWidth === "wide");
    if (this.element.open) return;
    this.opener = document.activeElement;
    this.element.showModal();
    this.bodyTarget.querySelector("[autofocus], .box-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  };

  send = (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const isOurs = form.matches("[hx-post], [method=dialog]") || event.defaultPrevented;
    if (isOurs || form.method !== "post" || submitter?.formTarget) return;
    event.preventDefault();
    const values = submitter?.name ? { [submitter.name]: submitter.value } : {};
    const action = submitter?.getAttribute("formaction") ?? form.action;
    const headers = { "HX-Target": "div#modal-body" };
    window.htmx.ajax("POST", action, { source: form, target: this.bodyTarget, values, headers });
  };

  close = (event) => {
    event?.preventDefault?.();
    this.element.close();
  };

  clear = () => {
    this.bodyTarget.replaceChildren();
    this.opener?.focus?.();
  };

  outside = (event) => {
    if (event.target !== this.element) return;
    const typed = [...this.bodyTarget.querySelectorAll("input, textarea")].some(
      (field) => field.type !== "hidden" && field.value !== field.defaultValue,
    );
    if (!typed) this.element.close();
  };
}
