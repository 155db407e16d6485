import { token } from "leadcrm/requests";

const PATIENCE = 15000;
const AGAIN = 2000;

// What was typed outlives the session. A form that leaves the page is sent once it is known that it
// will be taken: until then everything stays where it is, without a connection too. What htmx sends
// with a token from before somebody signed in again is sent a second time with the new one.
export function keepTyped() {
  let sending = new WeakSet();
  window.addEventListener("pageshow", () => {
    sending = new WeakSet();
  });
  document.addEventListener("htmx:before:request", ({ detail }) => sendAgain(detail.ctx));
  // After everything else that may hold a form back.
  window.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !leaves(form, submitter)) return;
    event.preventDefault();
    if (sending.has(form)) return;
    sending.add(form);
    if (await renew()) {
      send(form, submitter);
      // What the server answers with a file stays on the page and may be asked for again.
      return setTimeout(() => sending.delete(form), AGAIN);
    }
    sending.delete(form);
    form.dispatchEvent(new CustomEvent("session:stayed"));
  });
}

// Ask whether the one who opened the page is signed in still, and take the token of the session into
// every form. False when they are not, or when nobody can be asked; the message is left out where
// the page has one of its own.
export async function renew({ isSilent = false } = {}) {
  const tell = (name, detail) => isSilent || document.dispatchEvent(new CustomEvent(name, { detail }));
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(document.body.dataset.session, { headers: { "HX-Request": "true" }, signal });
    const told = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}");
    for (const [name, detail] of Object.entries(told)) tell(name, detail);
    if (answer.ok) spread((await answer.json()).token);
    else if (!told.toast) throw new Error(`The session cannot be asked for: ${answer.status}.`);
    return answer.ok;
  } catch (error) {
    tell("htmx:error", { ctx: {}, error });
    return false;
  }
}

function spread(value) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ ...headers, "X-CSRFToken": value }));
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = value;
}

function sendAgain(ctx) {
  const usual = ctx.fetch;
  ctx.fetch = async (action, request) => {
    const answer = await usual(action, request);
    if (!answer.headers.has("X-Form-Expired") || !(await renew())) return answer;
    request.headers["X-CSRFToken"] = token();
    if (request.body?.has?.("csrfmiddlewaretoken")) request.body.set("csrfmiddlewaretoken", token());
    return usual(action, request);
  };
}

// Post what a controller sends by itself, once more with the new token where the old one has gone.
export async function post(address, options = {}) {
  const send = () => fetch(address, { ...options, method: "POST", headers: { "X-CSRFToken": token() } });
  const answer = await send();
  return answer.headers.has("X-Form-Expired") && (await renew({ isSilent: true })) ? send() : answer;
}

// Whether a form is posted to us as a page of its own.
function leaves(form, submitter) {
  const said = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name);
  const isPost = said("method")?.toLowerCase() === "post";
  return isPost && !said("target") && new URL(said("action") || location.href, location.href).origin === location.origin;
}

// As the browser would have: with the name, the value and the address of the button.
function send(form, submitter) {
  const [usual, other] = [form.getAttribute("action"), submitter?.getAttribute("formaction")];
  const pressed = document.createElement("input");
  Object.assign(pressed, { type: "hidden", name: submitter?.name ?? "", value: submitter?.value ?? "" });
  form.append(pressed);
  if (other) form.setAttribute("action", other);
  HTMLFormElement.prototype.submit.call(form);
  pressed.remove();
  if (usual === null) form.removeAttribute("action");
  else form.setAttribute("action", usual);
}
