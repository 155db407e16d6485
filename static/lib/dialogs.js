// Ask before something is done, with the one dialog that every page has.

export function ask(text, { label = "", title = "", danger = false } = {}) {
  const dialog = document.getElementById("confirm");
  const yes = document.getElementById("confirm-yes");
  const heading = document.getElementById("confirm-title");
  heading.dataset.usual ??= heading.textContent;
  yes.dataset.usual ??= yes.textContent;
  heading.textContent = title || heading.dataset.usual;
  yes.textContent = label || yes.dataset.usual;
  yes.classList.toggle("btn-danger", danger);
  yes.classList.toggle("btn-primary", !danger);
  document.getElementById("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// hx-confirm="…" asks in the same dialog; the element may say data-confirm-label and
// data-confirm-danger.
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!ctx.confirm) return;
  event.preventDefault();
  const { confirmLabel, confirmDanger } = ctx.sourceElement.dataset;
  ask(ctx.confirm, { label: confirmLabel, danger: confirmDanger !== undefined }).then((yes) =>
    yes ? issueRequest() : dropRequest(),
  );
});
