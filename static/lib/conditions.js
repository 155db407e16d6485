// The tree that the builder shows, and the JSON that is stored. A group is { word, children } with
// the word all, any or none; a leaf is { field, op, value, params }; anything else is kept as it is.

export function blank() {
  return { field: "", op: "", value: null, params: {} };
}

// Returns the group that the builder begins with; throws for text that is not JSON. Nothing is a
// condition still to be filled in, or none at all where that is allowed.
export function read(text, catalogue, isOptional) {
  if (!text.trim()) return { word: "all", children: isOptional ? [] : [blank()] };
  const json = JSON.parse(text);
  if (json?.everyone) return { word: "all", children: [] };
  const node = toNode(json, catalogue.ops);
  return node.children ? node : { word: "all", children: [node] };
}

function toNode(json, ops) {
  if (Array.isArray(json?.all)) return group("all", json.all, ops);
  if (Array.isArray(json?.any)) return group("any", json.any, ops);
  if (json?.not) return opposite(json.not, ops);
  if (typeof json?.field !== "string") return { raw: json };
  return { field: json.field, op: json.op, value: json.value ?? null, params: { ...json.params } };
}

function group(word, children, ops) {
  return { word, children: children.map((child) => toNode(child, ops)) };
}

function opposite(json, ops) {
  if (json.not) return toNode(json.not, ops);
  if (Array.isArray(json.any)) return group("none", json.any, ops);
  const other = ops[json.op]?.opposite;
  return other ? toNode({ ...json, op: other }, ops) : group("none", [json], ops);
}

// Returns the JSON of the whole tree and notes in `places` where each node stands in it.
export function write(root, places = new Map()) {
  places.set(root, "where");
  if (!root.children.length) return { everyone: true };
  return fromNode(root, "where", places);
}

function fromNode(node, path, places) {
  places.set(node, path);
  if ("raw" in node) return node.raw;
  if (!node.children) return fromLeaf(node);
  const inside = { all: ".all", any: ".any", none: ".not.any" }[node.word];
  const children = node.children.map((child, at) => fromNode(child, `${path}${inside}[${at}]`, places));
  return node.word === "none" ? { not: { any: children } } : { [node.word]: children };
}

function fromLeaf({ field, op, value, params }) {
  const json = { field, op };
  if (value !== null && value !== undefined) json.value = value;
  const given = Object.entries(params).filter(([, item]) => item !== null && item !== "" && item !== false);
  if (given.length) json.params = Object.fromEntries(given);
  return json;
}

// How many levels a group adds: "none" is written as not any.
export function levels(node) {
  return node.word === "none" ? 2 : 1;
}

export function countLeaves(node) {
  return node.children ? node.children.reduce((sum, child) => sum + countLeaves(child), 0) : 1;
}

// Whether everything is filled in, so that the server need not be asked about half a condition.
export function isComplete(node, catalogue) {
  if (node.children) return node.children.every((child) => isComplete(child, catalogue));
  if ("raw" in node) return true;
  const field = catalogue.fields[node.field];
  const takes = catalogue.ops[node.op]?.takes;
  if (!field || !takes) return false;
  const given = field.params.every((param) => !param.isRequired || node.params[param.name]);
  if (!given || takes === "nothing") return given;
  if (takes === "range") return node.value?.every((end) => end !== null && end !== "") ?? false;
  if (Array.isArray(node.value)) return node.value.length > 0;
  return node.value !== null && node.value !== "";
}

// Ask another field: the first operator, and nothing that belonged to the field before.
export function chooseField(leaf, name, catalogue) {
  const field = catalogue.fields[name];
  leaf.field = name;
  leaf.op = field?.ops[0] ?? "";
  leaf.params = {};
  leaf.value = startValue(leaf, catalogue);
}

// Ask with another operator: the value stays as far as it fits.
export function chooseOp(leaf, name, catalogue) {
  const before = catalogue.ops[leaf.op]?.takes;
  const takes = catalogue.ops[name].takes;
  const value = leaf.value;
  leaf.op = name;
  if (before === takes) return;
  leaf.value = startValue(leaf, catalogue);
  if (before === "one" && takes === "many" && value !== null && value !== "") leaf.value = [value];
  if (before === "many" && takes === "one") leaf.value = value?.[0] ?? null;
}

function startValue(leaf, catalogue) {
  const takes = catalogue.ops[leaf.op]?.takes;
  if (takes === "many") return [];
  if (takes === "range") return [null, null];
  return takes === "one" ? catalogue.fields[leaf.field].start : null;
}
