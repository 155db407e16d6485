import { Controller } from "@hotwired/stimulus";

let count = 0;

// Puts the Trix editor in the place of a text field; without it the field shows the HTML itself.
// Files are refused: a mail has image blocks.
export default class extends Controller {
  static targets = ["source"];
  static values = { label: String };

  async connect() {
    await import("trix");
    if (!this.element.isConnected || this.editor) return;
    const id = `richtext-${(count += 1)}`;
    const toolbar = document.createElement("trix-toolbar");
    toolbar.id = `${id}-toolbar`;
    toolbar.append(document.getElementById("richtext-toolbar").content.cloneNode(true));
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", id, value: this.sourceTarget.value });
    this.editor = document.createElement("trix-editor");
    this.editor.setAttribute("input", id);
    this.editor.setAttribute("toolbar", toolbar.id);
    this.editor.setAttribute("aria-label", this.labelValue);
    this.editor.className = "form-control trix-content";
    this.sourceTarget.hidden = true;
    this.element.append(toolbar, input, this.editor);
    this.editor.addEventListener("trix-file-accept", (event) => event.preventDefault());
    this.editor.addEventListener("trix-change", () => this.write(input.value));
    this.editor.addEventListener("trix-blur", () => this.tell("change"));
  }

  disconnect() {
    this.editor = null;
  }

  write(html) {
    if (this.sourceTarget.value === html) return;
    this.sourceTarget.value = html;
    this.isDirty = true;
    this.tell("input");
  }

  tell(kind) {
    if (kind === "change" && !this.isDirty) return;
    if (kind === "change") this.isDirty = false;
    this.sourceTarget.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}
