import { Controller } from "@hotwired/stimulus";
import { element, icon } from "leadcrm/elements";
import { blank, countLeaves, isComplete, levels, read, write } from "leadcrm/conditions";
import { select } from "leadcrm/condition-inputs";
import { ConditionRow } from "leadcrm/condition-row";
import { post } from "leadcrm/session";

// Builds a condition out of rows and groups. The text field beside it holds the JSON that is sent;
// after each change the server is asked for the sentence and the number of leads.
const WAIT_MS = 250;
const catalogues = new Map();

function load(url) {
  if (!catalogues.has(url)) {
    const answer = fetch(url, { headers: { Accept: "application/json" }, redirect: "error" }).then((response) => {
      if (!response.ok) throw new Error(response.statusText);
      return response.json();
    });
    catalogues.set(url, answer);
    answer.catch(() => catalogues.delete(url));
  }
  return catalogues.get(url);
}

export default class extends Controller {
  static targets = ["builder", "source", "text", "preview"];
  static values = { catalogue: String, preview: String, failed: String, optional: Boolean };

  async connect() {
    try {
      this.catalogue = await load(this.catalogueValue);
    } catch {
      this.previewTarget.textContent = this.failedValue;
      return;
    }
    this.textTarget.required = false;
    this.sourceTarget.open = !this.understand();
    if (this.root) this.ask();
  }

  // What is no JSON stays a text that can be corrected by hand.
  understand() {
    try {
      this.root = read(this.textTarget.value, this.catalogue, this.optionalValue);
    } catch {
      return false;
    }
    this.builderTarget.hidden = false;
    this.draw();
    return true;
  }

  disconnect() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  // Somebody wrote JSON by hand.
  read() {
    if (this.catalogue && this.understand()) this.ask();
  }

  sync = () => {
    // In an address every space counts.
    const indent = this.textTarget.form?.method === "get" ? 0 : 2;
    const isNothing = this.optionalValue && !this.root.children.length;
    this.textTarget.value = isNothing ? "" : JSON.stringify(write(this.root), null, indent);
    this.ask();
  };

  ask() {
    const whole = isComplete(this.root, this.catalogue);
    this.previewTarget.classList.toggle("is-stale", !whole);
    clearTimeout(this.timer);
    if (!this.textTarget.value) this.previewTarget.replaceChildren();
    else if (whole) this.timer = setTimeout(() => this.preview(), WAIT_MS);
  }

  async preview() {
    this.asked?.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    const body = new URLSearchParams({ where: this.textTarget.value });
    try {
      const response = await post(this.previewValue, { body, signal, redirect: "error" });
      if (!response.ok && response.status !== 422) throw new Error(response.statusText);
      const answer = new DOMParser().parseFromString(await response.text(), "text/html");
      this.previewTarget.replaceChildren(...answer.body.childNodes);
    } catch {
      if (signal.aborted) return;
      this.previewTarget.textContent = this.failedValue;
    }
    this.mark();
  }

  // The server names the place of what is wrong; its row is marked.
  mark() {
    const path = this.previewTarget.querySelector("[data-condition-path]")?.dataset.conditionPath ?? "";
    for (const row of this.builderTarget.querySelectorAll(".condition-row")) {
      const { place } = row.dataset;
      row.classList.toggle("is-wrong", path === place || path.startsWith(`${place}.`));
    }
  }

  // Draw every row again; afterwards the focus is in the row or group of `node`.
  draw(node = null) {
    this.places = new Map();
    write(this.root, this.places);
    this.rows = 0;
    this.builderTarget.replaceChildren(this.drawGroup(this.root, null, levels(this.root)));
    if (!node) return;
    const row = this.builderTarget.querySelector(`[data-place="${CSS.escape(this.places.get(node))}"]`);
    row?.querySelector("select, input, button")?.focus();
  }

  redraw(node) {
    this.sync();
    this.draw(node);
  }

  drawGroup(group, parent, level) {
    const { words } = this.catalogue;
    const attributes = { class: "condition-group", role: "group", "aria-label": words[group.word], "data-place": this.places.get(group) };
    const join = { all: words.and, any: words.or, none: words.nor }[group.word];
    return element("div", attributes,
      this.drawHead(group, parent),
      group.children.flatMap((child, at) => [
        at ? element("div", { class: "condition-join", "aria-hidden": "true" }, join) : null,
        child.children ? this.drawGroup(child, group, level + levels(child)) : this.drawRow(child, group),
      ]),
      this.drawFoot(group, level),
    );
  }

  drawHead(group, parent) {
    const { words } = this.catalogue;
    if (!parent && !group.children.length) {
      const says = this.optionalValue && !this.textTarget.value ? words.nothing : words.everyone;
      return element("p", { class: "condition-everyone" }, says);
    }
    if (!parent && group.children.length === 1 && group.word === "all") return null;
    const choose = () => {
      group.word = input.value;
      this.redraw(group);
    };
    const option = (word) => element("option", { value: word, selected: word === group.word }, words[word]);
    const input = select({ "aria-label": words.group, change: choose }, ["all", "any", "none"].map(option));
    return element("div", { class: "condition-word" }, input,
      parent && element("button", { type: "button", class: "btn btn-sm btn-plain", "aria-label": words.removeGroup, title: words.removeGroup, click: () => this.remove(group) }, icon("trash")));
  }

  drawRow(leaf) {
    this.rows += 1;
    return new ConditionRow(leaf, {
      catalogue: this.catalogue,
      label: this.catalogue.words.condition.replace("{number}", this.rows),
      place: this.places.get(leaf),
      changed: this.sync,
      remove: () => this.remove(leaf),
    }).element;
  }

  drawFoot(group, level) {
    const { words, limits } = this.catalogue;
    if (countLeaves(this.root) >= limits.leaves) return null;
    const button = (sign, label, click) => element("button", { type: "button", class: "btn btn-sm btn-quiet", click }, icon(sign), label);
    const inner = () => ({ word: group.word === "any" ? "all" : "any", children: [blank()] });
    // A group of "none" takes two levels: not any.
    const fits = level + 2 <= limits.depth;
    return element("div", { class: "cluster" },
      button("plus", words.addCondition, () => this.add(group, blank())),
      fits && button("parentheses", words.addGroup, () => this.add(group, inner())));
  }

  add(group, node) {
    group.children.push(node);
    this.redraw(node.children ? node.children[0] : node);
  }

  // A group that became empty goes, too; only the outermost may be empty and then means everyone.
  remove(node) {
    const parent = this.parentOf(node);
    const at = parent.children.indexOf(node);
    parent.children.splice(at, 1);
    if (!parent.children.length && parent !== this.root) return this.remove(parent);
    return this.redraw(parent.children[at] ?? parent.children[at - 1] ?? parent);
  }

  parentOf(node, group = this.root) {
    if (group.children.includes(node)) return group;
    return group.children.filter((child) => child.children).map((child) => this.parentOf(node, child)).find(Boolean);
  }
}
