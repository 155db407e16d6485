// One condition as a row: what is asked, how it is compared, with what. Each input redraws only what
// follows from it, so that the one in use keeps the focus and letters typed into a list add up.
import { element, icon } from "leadcrm/elements";
import { chooseField, chooseOp } from "leadcrm/conditions";
import { paramInput, select, valueInputs } from "leadcrm/condition-inputs";

export class ConditionRow {
  constructor(leaf, { catalogue, label, place, changed, remove }) {
    Object.assign(this, { leaf, catalogue, label, changed });
    const removal = `${catalogue.words.remove}: ${label}`;
    this.gone = element("button", { type: "button", class: "btn btn-sm btn-plain", "aria-label": removal, title: removal, click: remove }, icon("trash"));
    this.element = element("div", { class: "condition-row", role: "group", "aria-label": label, "data-place": place });
    if ("raw" in leaf) {
      this.element.append(element("code", {}, JSON.stringify(leaf.raw)), this.gone);
      return;
    }
    this.field = this.fieldInput();
    this.element.append(this.field);
    this.fill();
  }

  get about() {
    return this.catalogue.fields[this.leaf.field];
  }

  fill() {
    this.values = element("span", { class: "condition-values" });
    this.extras = element("div", { class: "condition-extras" });
    const needed = this.about?.params.filter((param) => param.isRequired) ?? [];
    while (this.field.nextSibling) this.field.nextSibling.remove();
    this.element.append(
      ...needed.map((param) => this.param(param)),
      ...(this.about ? [this.opInput(), this.values] : []),
      this.gone,
      this.extras,
    );
    this.fillValues();
    this.fillExtras();
  }

  fillValues() {
    if (!this.about) return;
    const set = (value) => {
      this.leaf.value = value;
      this.changed();
    };
    const again = () => {
      this.fillValues();
      this.values.querySelector("[data-adds]")?.focus();
    };
    this.values.replaceChildren(...valueInputs(this.leaf, this.about, this.catalogue, set, again));
  }

  fillExtras() {
    const { hint = "", params = [] } = this.about ?? {};
    const optional = params.filter((param) => !param.isRequired && this.fits(param));
    this.extras.replaceChildren(
      ...(hint ? [element("p", { class: "field-help" }, hint)] : []),
      ...optional.map((param) => this.optional(param)),
    );
    this.extras.hidden = !this.extras.childElementCount;
  }

  // The first parameter decides which of the others make sense.
  fits(param) {
    return !param.onlyFor.length || param.onlyFor.includes(this.leaf.params[this.about.params[0].name]);
  }

  fieldInput() {
    const { leaf } = this;
    const { fields, groups, words } = this.catalogue;
    const option = (name) => element("option", { value: name, selected: name === leaf.field }, fields[name].label);
    const shown = (name) => fields[name].isOffered || name === leaf.field;
    const unknown = leaf.field && !fields[leaf.field];
    const choose = () => {
      chooseField(leaf, input.value, this.catalogue);
      this.fill();
      this.changed();
    };
    const input = select({ "aria-label": words.field, change: choose }, [
      element("option", { value: "", selected: !leaf.field }, words.choose),
      unknown ? element("option", { value: leaf.field, selected: true }, `${leaf.field} (${words.unknown})`) : null,
      groups.map((group) => element("optgroup", { label: group.label }, group.fields.filter(shown).map(option))),
    ]);
    return input;
  }

  opInput() {
    const { leaf } = this;
    const { ops, words } = this.catalogue;
    const names = this.about.ops.includes(leaf.op) ? this.about.ops : [leaf.op, ...this.about.ops];
    const choose = () => {
      chooseOp(leaf, input.value, this.catalogue);
      this.fillValues();
      this.changed();
    };
    const option = (name) => element("option", { value: name, selected: name === leaf.op }, ops[name]?.label ?? name);
    const input = select({ "aria-label": words.op, change: choose }, names.map(option));
    return input;
  }

  param(param) {
    const { params } = this.leaf;
    return paramInput(param, params[param.name], this.catalogue.words, (value) => {
      params[param.name] = value;
      if (param === this.about.params[0]) {
        for (const other of this.about.params) if (!this.fits(other)) delete params[other.name];
        this.fillExtras();
      }
      this.changed();
    });
  }

  optional(param) {
    const input = this.param(param);
    if (param.kind === "boolean") return input;
    // "in the last … days": the input stands where the dots are.
    const [before, after = ""] = param.label.split("…").map((words) => words.trim());
    return element("label", { class: "condition-param" }, element("span", {}, before), input, after);
  }
}
