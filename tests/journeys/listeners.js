(() => {
  if (window.journeyListens) return;
  window.journeyListens = true;
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const tell = (kind, name = "", command = false) =>
    window.journeyEvent({ kind, name, command, at: now() });
  const typed = "input:not([type=checkbox]):not([type=radio]):not([type=submit]):not([type=button]), textarea, trix-editor, [contenteditable=true]";
  const named = (element) => element.name || element.id || element.tagName;

  document.addEventListener("pointerdown", (event) => event.isTrusted && tell("click"), true);
  document.addEventListener(
    "keydown",
    (event) => {
      if (!event.isTrusted || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
      const isTyping = event.target instanceof Element && event.target.closest(typed) !== null;
      const isText = event.key.length === 1 || ["Backspace", "Delete"].includes(event.key);
      const isNewLine = event.key === "Enter" && event.target.closest?.("textarea, trix-editor");
      const withModifier = event.ctrlKey || event.metaKey || event.altKey;
      tell("key", event.key, withModifier || !(isTyping && (isText || isNewLine)));
    },
    true,
  );
  document.addEventListener("change", (event) => event.isTrusted && tell("change", named(event.target)), true);
  document.addEventListener(
    "input",
    (event) => {
      if (!event.isTrusted && event.target.matches?.("input, textarea, select")) tell("cheat", named(event.target));
    },
    true,
  );

  const started = new WeakMap();
  document.addEventListener("htmx:before:request", (event) => started.set(event.detail.ctx, now()));
  document.addEventListener("htmx:finally:request", (event) => {
    const since = started.get(event.detail.ctx);
    if (since) tell("wait", String(now() - since));
  });
  document.addEventListener("toggle", (event) => event.newState === "open" && tell("panel"), true);
  window.addEventListener("load", () => {
    const [navigation] = performance.getEntriesByType("navigation");
    if (navigation) tell("wait", String(navigation.domContentLoadedEventEnd / 1000));
  });
})();
