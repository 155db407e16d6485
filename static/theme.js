// Runs before anything is drawn, so that "auto" never flashes in the wrong colours.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = root.dataset.scheme || "auto";
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
    root.dispatchEvent(new CustomEvent("scheme:applied"));
  };
  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
  root.addEventListener("scheme:chosen", apply);
})();
