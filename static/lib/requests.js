// What holds for every request of htmx.

// After a swap the focus stays where it was; when that is gone it goes to the first wrong field, or
// to the part that was swapped, so that a keyboard user is never thrown to the top of the page.
export function keepFocus() {
  let place = null;
  document.addEventListener("htmx:before:swap", () => {
    const active = document.activeElement;
    place = active && active !== document.body ? { id: active.id, name: active.name } : null;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx?.target;
    if (!(target instanceof Element)) return;
    const root = target.isConnected ? target : document.getElementById(target.id);
    if (!root) return;
    const wrong = root.querySelector("[aria-invalid='true']");
    if (wrong) return wrong.focus();
    if (!place || document.activeElement !== document.body) return;
    const same =
      (place.id && document.getElementById(place.id)) ||
      (place.name && root.querySelector(`[name="${CSS.escape(place.name)}"]`));
    if (same) return same.focus();
    if (!root.hasAttribute("tabindex")) root.setAttribute("tabindex", "-1");
    root.focus({ preventScroll: true });
  });
}

// The token that every post needs; the frame of the page carries it for htmx.
export function token() {
  return JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
}

export function announce(text) {
  const live = document.getElementById("live");
  live.textContent = "";
  requestAnimationFrame(() => {
    live.textContent = text;
  });
}

export function isTyping(target) {
  return (
    target instanceof Element &&
    target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, trix-editor, [contenteditable='true']") !== null
  );
}
