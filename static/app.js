// Starts Stimulus. A controller is loaded when its name first appears on the page:
// data-controller="copy" loads static/controllers/copy_controller.js.
import { Application } from "@hotwired/stimulus";
import { keepFocus } from "leadcrm/requests";
import { keepTyped } from "leadcrm/session";

const application = Application.start();
const known = new Set();

async function load(name) {
  if (known.has(name)) return;
  known.add(name);
  const module = await import(`controllers/${name}`);
  application.register(name, module.default);
}

function scan(root) {
  const elements = root.matches?.("[data-controller]") ? [root] : [];
  const found = [...elements, ...root.querySelectorAll("[data-controller]")];
  const names = found.flatMap((element) => element.dataset.controller.split(/\s+/).filter(Boolean));
  return Promise.all(names.map(load));
}

new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") scan(change.target);
    for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) scan(node);
  }
}).observe(document.documentElement, {
  attributeFilter: ["data-controller"],
  childList: true,
  subtree: true,
});
keepFocus();
keepTyped();
scan(document.documentElement).then(() => {
  document.documentElement.dataset.ready = "true";
});
