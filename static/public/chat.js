/* LeadCRM: a chat on any website. <script src="https://HOST/chat.js" data-chat="UUID" async></script>
   Sets no cookie. Stores nothing until the visitor has written something, and then, for this tab
   alone, which talk is theirs. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || !script.dataset.chat || script.leadcrmDone) return;
  script.leadcrmDone = true;
  var id = script.dataset.chat, base = new URL(script.src).origin, address = base + "/chat/" + id + "/";
  var PAUSES = [1000, 3000, 8000, 20000], LOOK = 2000, STORE = "leadcrm-chat-" + id;
  var info, texts, root, panel, opener, log, ask, acts, status, proof, shownAt = 0;
  var talk = null, state, after, tag, step, back, answers, person, away, kept, sending, queue, timer, isNew, wants;

  /* SHA-256 (FIPS 180-4), as in embed.js: crypto.subtle is missing without HTTPS. */
  var K = [], H0 = [];
  for (var n = 2, count = 0; count < 64; n++) {
    var isPrime = true;
    for (var d = 2; d * d <= n; d++) if (n % d === 0) { isPrime = false; break; }
    if (!isPrime) continue;
    if (count < 8) H0[count] = fraction(Math.pow(n, 1 / 2));
    K[count++] = fraction(Math.pow(n, 1 / 3));
  }
  function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
  function rotate(x, by) { return (x >>> by) | (x << (32 - by)); }
  function sha256(text) {
    var w = new Int32Array(64), length = text.length, h = H0.slice();
    var words = new Int32Array((((length + 8) >> 6) + 1) * 16);
    for (var i = 0; i < length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - (i % 4) * 8);
    words[length >> 2] |= 128 << (24 - (length % 4) * 8);
    words[words.length - 1] = length * 8;
    for (var block = 0; block < words.length; block += 16) {
      var s = h.slice();
      for (i = 0; i < 64; i++) {
        if (i < 16) w[i] = words[block + i];
        else {
          var a = w[i - 15], b = w[i - 2];
          w[i] = (w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)) + w[i - 7] +
            (rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10))) | 0;
        }
        var e = s[4], c = s[0];
        var t1 = (s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
          ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i]) | 0;
        var t2 = ((rotate(c, 2) ^ rotate(c, 13) ^ rotate(c, 22)) +
          ((c & s[1]) ^ (c & s[2]) ^ (s[1] & s[2]))) | 0;
        s = [(t1 + t2) | 0, s[0], s[1], s[2], (s[3] + t1) | 0, s[4], s[5], s[6]];
      }
      for (i = 0; i < 8; i++) h[i] = (h[i] + s[i]) | 0;
    }
    return h.map(function (x) { return (x >>> 0).toString(16).padStart(8, "0"); }).join("");
  }
  function solve(challenge) {
    return new Promise(function (resolve, reject) {
      var number = 0;
      (function slice() {
        for (var until = Date.now() + 12; Date.now() < until; number++) {
          if (number > challenge.maxNumber) return reject(new Error("unsolved"));
          if (sha256(challenge.salt + number) === challenge.challenge) {
            return resolve(btoa(JSON.stringify({
              algorithm: challenge.algorithm, challenge: challenge.challenge, number: number,
              salt: challenge.salt, signature: challenge.signature
            })));
          }
        }
        setTimeout(slice, 0);
      })();
    });
  }
  /* Asks for the challenge when the window opens; solved before the first message is sent. */
  function prove() {
    shownAt = Date.now();
    proof = fetch(address + "open/", { credentials: "omit" })
      .then(function (response) { return response.json(); })
      .then(function (found) {
        if (!talk) { person = found.person; draw(); }
        return solve(found).then(function (solved) { return { altcha: solved, started: found.started }; });
      })
      .catch(function () { shownAt = 0; return {}; });
    return proof;
  }

  function hex() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (x) {
      return x.toString(16).padStart(2, "0");
    }).join("");
  }
  function newKey() {
    return hex().replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
  }
  function make(name, className, text) {
    var element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  }
  function button(text, className, press) {
    var element = make("button", className, text);
    element.type = "button";
    element.onclick = press;
    return element;
  }

  function begin() {
    talk = null; state = "bot"; after = 0; tag = ""; step = info.step; back = ""; answers = {};
    person = false; away = false; kept = []; queue = []; sending = false; isNew = true;
    clearTimeout(timer);
    log.textContent = "";
    info.messages.forEach(function (text) { show({ who: "bot", text: text }); });
    draw();
  }
  /* Every text is put in as text: what somebody writes is never read as markup. */
  function show(message) {
    var line = message.id && log.querySelector('[data-id="' + message.id + '"]');
    if (line) { line.classList.remove("is-pending"); return; }
    line = make("div", "lc-line is-" + message.who + (message.isPending ? " is-pending" : ""));
    if (message.id) line.dataset.id = message.id;
    var who = { visitor: texts.you, bot: texts.bot }[message.who] || message.name;
    if (who) line.append(make("span", "lc-who", who));
    line.append(make("bdi", "lc-text", message.text));
    log.append(line);
    log.scrollTop = log.scrollHeight;
    kept.push({ id: message.id || "", who: message.who, text: message.text, field: message.field || "" });
    if (kept.length > 200) kept.shift();
  }

  function draw() {
    var had = wants || (root.activeElement && ask.contains(root.activeElement));
    var old = ask.querySelector(".lf-input"), typed = old ? old.value : "";
    wants = false;
    ask.textContent = acts.textContent = "";
    if (state === "ended") {
      acts.append(button(texts.again, "lf-button", function () { forget(); begin(); prove(); focus(); }));
      if (had) acts.firstChild.focus();
      return;
    }
    var asked = state === "bot" ? step : null;
    if (asked && asked.input === "choice") choose(asked);
    else write(asked, typed);
    if (asked && asked.can_skip) acts.append(button(texts.skip, "lc-act", function () { answer(asked, [], texts.skip); }));
    if (back) acts.append(button(texts.back, "lc-act", function () { send({ do: "back", field: back }, texts.back); }));
    if (person) acts.append(button(texts.person, "lc-act is-main", function () { send({ do: "person" }, texts.person); }));
    if (talk) acts.append(button(texts.end, "lc-act", function () { send({ do: "end" }, texts.end); }));
    status.textContent = state === "waiting" ? texts.waiting : "";
    log.scrollTop = log.scrollHeight;
    if (had) focus();
  }
  function choose(asked) {
    var group = make("div", "lc-choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", asked.label);
    asked.choices.forEach(function (choice) {
      group.append(button(choice.label, "lc-choice", function () {
        answer(asked, choice.value ? [choice.value] : [], choice.label);
      }));
    });
    ask.append(group);
  }
  function write(asked, typed) {
    var form = make("form", "lc-form"), input;
    form.noValidate = true;
    if (asked && asked.input === "multi") {
      input = make("fieldset", "lc-multi");
      input.append(make("legend", "lc-hidden", asked.label));
      asked.choices.forEach(function (choice) {
        var label = make("label", "lf-tick"), box = make("input");
        box.type = "checkbox";
        box.value = choice.value;
        label.append(box, make("span", "", choice.label));
        input.append(label);
      });
    } else {
      var isLong = !asked || asked.input === "textarea";
      input = make(isLong ? "textarea" : "input", "lf-input");
      input.value = typed;
      if (isLong) input.rows = 2;
      else input.type = asked.input;
      input.setAttribute("aria-label", asked ? asked.label : texts.write);
      input.placeholder = asked ? asked.placeholder : texts.more;
      input.maxLength = asked ? asked.limit : 5000;
      if (asked) { input.autocomplete = asked.autocomplete; if (asked.mode) input.inputMode = asked.mode; }
      if (isLong) input.onkeydown = function (event) {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        form.requestSubmit();
      };
    }
    var trap = make("input", "lc-trap");
    trap.name = info.honeypot;
    trap.tabIndex = -1;
    trap.autocomplete = "off";
    trap.setAttribute("aria-hidden", "true");
    var sendButton = make("button", "lf-button", texts.send);
    form.append(input, trap, sendButton);
    form.onsubmit = function (event) {
      event.preventDefault();
      if (isBusy()) return;
      var boxes = Array.from(input.querySelectorAll("input:checked"));
      var isMulti = input.tagName === "FIELDSET";
      var values = isMulti ? boxes.map(function (box) { return box.value; }) : [input.value.trim()].filter(Boolean);
      var said = isMulti ? boxes.map(function (box) { return box.parentNode.textContent; }).join(", ") : values[0];
      if (!values.length) { status.textContent = isMulti ? texts.choose : ""; return (input.querySelector("input") || input).focus(); }
      if (!isMulti) input.value = "";
      if (asked) answer(asked, values, said, trap.value);
      else send({ do: "say", text: values[0], trap: trap.value }, said);
    };
    ask.append(form);
  }
  function focus() {
    var first = ask.querySelector(".lf-input,input,button") || acts.querySelector("button");
    if (first) first.focus();
  }

  function answer(asked, values, said, trap) {
    send({ do: "answer", field: asked.name, values: values, trap: trap }, said);
  }
  /* What is asked next is known when the answer has arrived; a person is written to at any time. */
  function isBusy() { return state === "bot" && queue.length > 0; }
  /* One message after the other; each is tried until the server has it. */
  function send(message, said) {
    if (isBusy()) return;
    wants = true;
    if (state === "bot") acts.textContent = "";
    message.id = newKey();
    message.said = said;
    wait(message);
    queue.push(message);
    next(0);
  }
  function wait(message) {
    show({ id: message.id, who: "visitor", text: message.said, field: message.field, isPending: true });
  }
  function next(attempt) {
    if ((sending && !attempt) || !queue.length) return;
    sending = true;
    var message = queue[0];
    if (!talk) talk = { id: newKey(), token: hex() + hex() };
    if (!shownAt || (isNew && Date.now() - shownAt > 5400000)) prove();
    proof.then(function (proved) {
      var visitor = window.leadcrm && window.leadcrm.visitor;
      var body = Object.assign({ talk: talk.id, token: talk.token, after: after, answers: answers,
        page_url: window.location.href, referrer: document.referrer }, proved, message);
      body[info.honeypot] = message.trap || "";
      if (visitor) body.visitor = visitor;
      if (away || isNew) body.log = kept.filter(function (entry) { return entry.id !== message.id; });
      /* Text is a "simple" request: no preflight that a firewall could swallow. */
      return fetch(address + "say/", { method: "POST", credentials: "omit", body: JSON.stringify(body),
        headers: { "Content-Type": "text/plain;charset=UTF-8" } });
    }).then(function (response) {
      if (response.status >= 500 || response.status === 429) throw new Error("later");
      return response.json().then(function (found) { took(response.status, found, attempt); });
    }).catch(function () {
      status.textContent = texts.failed + (info.contact && attempt > 1 ? " " + info.contact : "");
      setTimeout(function () { next(attempt + 1); }, PAUSES[Math.min(attempt, PAUSES.length - 1)]);
    });
  }
  function took(code, found, attempt) {
    if (found.code === "unchecked" && attempt < 2) { prove(); return next(attempt + 1); }
    var message = queue.shift();
    sending = false;
    status.textContent = "";
    if (code >= 400) {
      show({ who: "note", text: found.message });
      if (code === 409 || code === 404 || code === 410) { state = "ended"; forget(); }
      return draw();
    }
    var line = log.querySelector('[data-id="' + message.id + '"]');
    if (line) line.classList.remove("is-pending");
    away = code === 202;
    if (isNew && !away) {
      /* What stood here before is part of what the server tells now. */
      isNew = false;
      log.textContent = "";
      kept = [];
    }
    if (!isNew) remember();
    update(found);
    queue.forEach(wait);
    next(0);
  }
  function update(found) {
    state = found.state; step = found.step; back = found.back; person = found.person; answers = found.answers;
    tag = found.tag;
    found.messages.forEach(function (message) {
      after = Math.max(after, message.n);
      show(message);
    });
    draw();
    if (state === "ended") forget();
    look();
  }

  /* While a person is asked for or there, it looks every two seconds; nothing is held open. */
  function look() {
    clearTimeout(timer);
    if (!talk || (state !== "waiting" && state !== "live")) return;
    timer = setTimeout(function () { glance(look); }, document.hidden ? 5 * LOOK : LOOK);
  }
  function glance(done) {
    if (sending) return done();
    return fetch(address + "talks/" + talk.id + "/?after=" + after, {
      credentials: "omit", cache: "no-store", headers: { "Chat-Token": talk.token, "If-None-Match": '"' + tag + '"' }
    }).then(function (response) {
      if (response.status === 200) return response.json().then(update);
      if (response.status === 404) { state = "ended"; forget(); draw(); }
      return done();
    }).catch(done);
  }

  function remember() {
    try { sessionStorage.setItem(STORE, JSON.stringify(talk)); } catch (error) { /* Storage is off. */ }
  }
  function forget() {
    try { sessionStorage.removeItem(STORE); } catch (error) { /* Storage is off. */ }
  }
  function resume() {
    var stored = null;
    try { stored = JSON.parse(sessionStorage.getItem(STORE)); } catch (error) { /* Storage is off. */ }
    if (!stored) return false;
    talk = stored;
    isNew = false;
    log.textContent = "";
    proof = Promise.resolve({});
    shownAt = Date.now();
    open(true);
    glance(look);
    return true;
  }

  function open(isQuiet) {
    panel.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    if (!proof) prove();
    log.scrollTop = log.scrollHeight;
    if (isQuiet !== true) focus();
  }
  function close() {
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  }

  function build(found) {
    info = found;
    texts = info.texts;
    var place = script.dataset.in && document.getElementById(script.dataset.in);
    var host = make("div");
    host.setAttribute("data-leadcrm-chat", id);
    host.lang = info.language;
    if (place) { place.textContent = ""; place.append(host); } else document.body.append(host);
    root = host.attachShadow({ mode: "open" });
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(info.css);
    root.adoptedStyleSheets = [sheet];
    var box = make("div", "lf lf-" + info.accent + " lc" + (place ? " is-page" : ""));
    opener = button(info.opener, "lf-button lc-open", function () { if (panel.hidden) open(); else close(); });
    opener.setAttribute("aria-expanded", "false");
    panel = make("section", "lc-window");
    panel.hidden = true;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", info.title);
    var head = make("div", "lc-head");
    head.append(make("h2", "lc-title", info.title));
    if (!place) {
      var shut = button("×", "lc-close", close);
      shut.setAttribute("aria-label", texts.close);
      head.append(shut);
      panel.onkeydown = function (event) { if (event.key === "Escape") close(); };
    }
    log = make("div", "lc-log");
    log.setAttribute("role", "log");
    log.setAttribute("aria-live", "polite");
    log.setAttribute("aria-label", info.title);
    log.tabIndex = 0;
    ask = make("div", "lc-ask");
    acts = make("div", "lc-acts");
    status = make("p", "lc-status");
    status.setAttribute("role", "status");
    var note = make("p", "lc-note", info.note ? info.note + " " : "");
    if (/^https?:/.test(info.privacy_url)) {
      var link = make("a", "", texts.privacy);
      link.href = info.privacy_url;
      link.target = "_blank";
      link.rel = "noopener";
      note.append(link);
    }
    panel.append(head, log, status, ask, acts, note);
    if (place) box.append(panel); else box.append(panel, opener);
    root.append(box);
    begin();
    if (!resume() && place) open();
  }

  function start() {
    fetch(address + "bot.json", { credentials: "omit" }).then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    }).then(build).catch(function () {
      /* The window cannot be drawn: the page that works without it is still there. */
    });
  }
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
