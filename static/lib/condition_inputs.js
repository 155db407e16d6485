// The inputs of one condition, by what its operator takes and what its field holds. Each calls
// `changed` with the new value; `again` draws the condition anew where its inputs change.
import { element, icon } from "leadcrm/elements";

const TYPES = { number: "number", date: "date", datetime: "date", text: "text" };
let lists = 0;

export function options(choices, chosen, words) {
  const shown = choices.filter((choice) => choice.isOffered || choice.value === chosen);
  const known = shown.some((choice) => choice.value === chosen);
  return [
    element("option", { value: "", selected: !chosen }, words.choose),
    ...shown.map(({ value, label }) => element("option", { value, selected: value === chosen }, label)),
    chosen && !known ? element("option", { value: chosen, selected: true }, `${chosen} (${words.unknown})`) : null,
  ];
}

export function select(attributes, children) {
  return element("select", { class: "form-select", required: true, ...attributes }, children);
}

export function valueInputs(leaf, field, { ops, periods, words }, changed, again) {
  const one = (value, label, set) => single(field, value, { "aria-label": label }, words, set);
  switch (ops[leaf.op]?.takes) {
    case "one":
      return [one(leaf.value, words.value, changed)];
    case "many":
      return [many(leaf.value ?? [], field, words, (values) => { changed(values); again(); })];
    case "range": {
      const ends = [...(leaf.value ?? [null, null])];
      const set = (at) => (value) => { ends[at] = value; changed([...ends]); };
      return [one(ends[0], words.from, set(0)), element("span", {}, words.and), one(ends[1], words.to, set(1))];
    }
    case "days":
      return [numberInput(leaf.value, { min: 1, max: 36500, step: 1, "aria-label": words.days }, changed), element("span", {}, words.days)];
    case "period":
      return [choice(periods.map((period) => ({ ...period, isOffered: true })), leaf.value, { "aria-label": words.value }, words, changed)];
  }
  return [];
}

export function paramInput(param, value, words, changed) {
  const attributes = { "aria-label": param.label, required: param.isRequired };
  if (param.kind === "boolean") {
    const box = element("input", {
      type: "checkbox", class: "form-check-input", checked: value === true, change: () => changed(box.checked || null),
    });
    return element("label", { class: "tick" }, box, element("span", {}, param.label));
  }
  if (param.choices.length) return choice(param.choices, value, attributes, words, changed);
  if (param.kind === "number") return numberInput(value, { min: param.lowest, max: param.highest, step: 1, ...attributes }, changed);
  return single({ kind: param.kind, choices: [], isOpen: true }, value, attributes, words, changed);
}

function single(field, value, attributes, words, changed) {
  if (field.kind === "boolean") return yesOrNo(value, attributes, words, changed);
  if (!field.isOpen) return choice(field.choices, value, attributes, words, changed);
  if (field.kind === "number") return numberInput(value, { step: field.isWhole ? 1 : "any", ...attributes }, changed);
  const hasTime = typeof value === "string" && field.kind === "datetime" && value.length > 10;
  const type = hasTime ? "text" : TYPES[field.kind] ?? "text";
  const proposals = proposalsOf(field);
  const input = element("input", {
    type, class: "form-control", required: true, maxlength: type === "text" ? 200 : null, autocomplete: "off",
    list: proposals?.id, value: value ?? "", ...attributes, input: () => changed(input.value || null),
  });
  return proposals ? element("span", { class: "condition-open" }, input, proposals) : input;
}

function proposalsOf(field) {
  const offered = field.choices.filter((one) => one.isOffered).slice(0, 500);
  if (!offered.length) return null;
  lists += 1;
  return element("datalist", { id: `condition-list-${lists}` }, offered.map(({ value }) => element("option", { value })));
}

function numberInput(value, attributes, changed) {
  const input = element("input", {
    type: "number", class: "form-control condition-number", required: true, step: "any", inputmode: "decimal",
    value: value ?? "", ...attributes, input: () => changed(Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber),
  });
  return input;
}

function choice(choices, value, attributes, words, changed) {
  const input = select({ ...attributes, change: () => changed(input.value || null) }, options(choices, value, words));
  return input;
}

function yesOrNo(value, attributes, words, changed) {
  const input = select({ ...attributes, change: () => changed(input.value === "yes") }, [
    element("option", { value: "yes", selected: value !== false }, words.yes),
    element("option", { value: "no", selected: value === false }, words.no),
  ]);
  return input;
}

// Chosen values as tokens with a button to take each away, and one input to add the next.
function many(values, field, words, changed) {
  const labels = new Map(field.choices.map((one) => [one.value, one.label]));
  const tokens = values.map((value) =>
    element("span", { class: "condition-token" }, labels.get(value) ?? String(value),
      element("button", { type: "button", "aria-label": `${words.remove}: ${labels.get(value) ?? value}`, click: () => changed(values.filter((other) => other !== value)) }, icon("x"))),
  );
  const add = (value) => { if (value !== "" && !values.includes(value)) changed([...values, value]); };
  const input = field.isOpen ? typed(field, values, words, add) : picked(field, values, words, add);
  return element("span", { class: "condition-tokens" }, tokens, input);
}

function picked(field, values, words, add) {
  const left = field.choices.filter((one) => !values.includes(one.value));
  const input = select({ "aria-label": words.add, "data-adds": true, required: !values.length, change: () => add(input.value) }, options(left, "", { ...words, choose: words.add }));
  return input;
}

function typed(field, values, words, add) {
  const proposals = proposalsOf(field);
  const take = () => add(field.kind === "number" ? (input.value === "" ? "" : Number(input.value)) : input.value.trim());
  const input = element("input", {
    type: field.kind === "number" ? "number" : "text", step: "any", class: "form-control", "aria-label": words.add, placeholder: words.several,
    "data-adds": true, autocomplete: "off", maxlength: 200, required: !values.length, list: proposals?.id, change: take,
    keydown: (event) => {
      if (event.key !== "Enter" && event.key !== ",") return;
      event.preventDefault();
      take();
    },
  });
  return element("span", { class: "condition-open" }, input, proposals);
}
