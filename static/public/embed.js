/* LeadCRM: forms on any website. <script src="https://HOST/embed.js" data-form="UUID" async></script>
   Sets no cookie, stores nothing, loads nothing but the form. With data-enhance it adds the proof of
   work to a form that is in the page already. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) return;
  var base = new URL(script.src).origin;
  var RETRIES = [2000, 8000, 20000];
  var OLD = 90 * 60 * 1000;

  /* SHA-256 (FIPS 180-4) in plain code: crypto.subtle is missing on pages without HTTPS, and a
     worker would need a hole in the policy of the page around. */
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
    var w = new Int32Array(64), length = text.length;
    var words = new Int32Array((((length + 8) >> 6) + 1) * 16), h = H0.slice();
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

  /* Solves an ALTCHA challenge in slices, so that the page stays responsive. */
  function solve(challenge) {
    return new Promise(function (resolve, reject) {
      var number = 0;
      (function slice() {
        var until = Date.now() + 12;
        while (Date.now() < until) {
          for (var i = 0; i < 50; i++, number++) {
            if (number > challenge.maxNumber) return reject(new Error("unsolved"));
            if (sha256(challenge.salt + number) === challenge.challenge) {
              return resolve(btoa(JSON.stringify({
                algorithm: challenge.algorithm, challenge: challenge.challenge, number: number,
                salt: challenge.salt, signature: challenge.signature
              })));
            }
          }
        }
        setTimeout(slice, 0);
      })();
    });
  }

  function prove(form, address, again) {
    form.leadcrmAt = Date.now();
    var arm = form.elements.arm;
    form.leadcrmProof = fetch(address + "challenge/?" + (again ? "again=1" : arm ? "arm=" + arm.value : ""), { credentials: "omit" })
      .then(function (response) { return response.json(); })
      .then(function (challenge) {
        var started = form.elements.started;
        if (!started.value) started.value = challenge.started;
        return solve(challenge);
      })
      .then(function (proof) { form.elements.altcha.value = proof; })
      .catch(function () { form.leadcrmAt = 0; });
    return form.leadcrmProof;
  }

  /* The proof takes what time the browser has; the form is seen before. */
  function proveLater(form, address) {
    requestAnimationFrame(function () {
      setTimeout(function () { if (!form.leadcrmAt) prove(form, address); });
    });
  }

  function newKey() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.from(bytes, function (x) { return x.toString(16).padStart(2, "0"); }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function show(form, name, text) {
    var box = form.querySelector('[data-field="' + name + '"]');
    if (!box) return false;
    var input = box.querySelector("[name]");
    box.classList.toggle("is-wrong", !!text);
    box.querySelector(".lf-error").textContent = text || "";
    (box.querySelector("fieldset") || input).setAttribute("aria-invalid", text ? "true" : "false");
    return true;
  }

  function tell(form, text) {
    var summary = form.querySelector("[data-summary]");
    summary.hidden = !text;
    summary.textContent = text || "";
  }

  /* What can be seen without asking the server; it decides all the same. */
  function check(form) {
    var first = null;
    Array.from(form.elements).forEach(function (input) {
      if (!input.name || !input.willValidate || !input.closest("[data-field]")) return;
      if (input.closest("[data-page]").hidden) return;
      var state = input.validity;
      var text = state.valueMissing ? input.dataset.missing
        : state.typeMismatch && input.dataset.wrong ? input.dataset.wrong : "";
      if (input.type !== "checkbox" || input.required) show(form, input.name, text);
      if (text && !first) first = input;
    });
    if (first) first.focus();
    return !first;
  }

  /* What depends on another answer; what is hidden is neither checked nor sent. */
  function arrange(form) {
    form.querySelectorAll("[data-if]").forEach(function (box) {
      var wanted = JSON.parse(box.dataset.if);
      var given = new FormData(form).getAll(wanted[0]).filter(Boolean);
      box.hidden = !given.some(function (value) { return wanted.length < 2 || wanted.indexOf(value, 1) > 0; });
      box.querySelectorAll("[name]").forEach(function (input) {
        input.disabled = box.hidden;
        if ("must" in input.dataset) input.required = !box.hidden;
      });
    });
  }

  /* Pages: without scripts they stand below one another. */
  function paged(form) {
    var pages = Array.from(form.querySelectorAll("[data-page]")), at = 0;
    var bar = form.querySelector("[data-progress]");
    if (!bar) return function () { return false; };
    var foot = form.querySelector(".lf-foot"), last = foot.querySelector("button");
    var next = last.cloneNode(), back = last.cloneNode();
    delete next.dataset.busy;
    delete back.dataset.busy;
    back.type = "button";
    back.className += " lf-back";
    next.textContent = bar.dataset.next;
    back.textContent = bar.dataset.back;
    foot.prepend(back, next);
    back.onclick = function () { turn(at - 1); };
    function turn(to, isFirst) {
      at = to;
      pages.forEach(function (page, index) { page.hidden = index !== at; });
      next.hidden = !(last.hidden = at < pages.length - 1);
      back.hidden = !at;
      bar.hidden = false;
      bar.textContent = bar.dataset.progress.replace("#", at + 1).replace("#", pages.length);
      bar.style.setProperty("--lf-done", (at + 1) / pages.length);
      var input = !isFirst && pages[at].querySelector("input:not([type=hidden]),select,textarea");
      if (input) input.focus();
    }
    var wrong = pages.findIndex(function (page) { return page.querySelector(".is-wrong"); });
    turn(Math.max(0, wrong), true);
    /* Goes to the next page, or to that of a field; says whether there was one to go to. */
    return function (input) {
      var to = input ? pages.indexOf(input.closest("[data-page]")) : at + 1;
      if (to < 0 || to >= pages.length) return false;
      if (to !== at) turn(to);
      return true;
    };
  }

  function prepare(form) {
    var asked = new URLSearchParams(window.location.search);
    form.querySelectorAll("[data-parameter]").forEach(function (input) {
      input.value = asked.get(input.dataset.parameter) || input.value;
    });
    form.noValidate = true;
    arrange(form);
    form.addEventListener("input", function () { arrange(form); });
    form.leadcrmTurn = paged(form);
  }

  /* JSON, or the form itself where a file comes along. */
  function collect(form, more) {
    var all = new FormData(form), data = {}, hasFile = false;
    Object.keys(more).forEach(function (name) { all.set(name, more[name]); });
    all.forEach(function (value, name) {
      if (typeof value !== "string") hasFile = hasFile || value.size > 0;
      else data[name] = name in data ? [].concat(data[name], value) : value;
    });
    return hasFile ? all : JSON.stringify(data);
  }

  function send(address, body, texts, form, attempt) {
    var isText = typeof body === "string", headers = { Accept: "application/json" };
    /* Text is a "simple" request: no preflight that a firewall could swallow. */
    if (isText) headers["Content-Type"] = "text/plain;charset=UTF-8";
    return fetch(address, {
      method: "POST", body: body, credentials: "omit", keepalive: isText && body.length < 60000, headers: headers
    }).then(function (response) {
      if (response.status >= 500 || response.status === 429) throw new Error("later");
      return response.json().then(function (answer) { return { status: response.status, answer: answer }; });
    }).catch(function (error) {
      if (attempt >= RETRIES.length) throw error;
      tell(form, texts.again);
      return new Promise(function (resolve) { setTimeout(resolve, RETRIES[attempt]); })
        .then(function () { return send(address, body, texts, form, attempt + 1); });
    });
  }

  function busy(form, isBusy) {
    var button = form.querySelector("button[data-busy]");
    form.leadcrmBusy = isBusy;
    button.setAttribute("aria-disabled", isBusy ? "true" : "false");
    if (!button.dataset.label) button.dataset.label = button.textContent;
    button.textContent = isBusy ? button.dataset.busy : button.dataset.label;
  }

  function ready(form, address) {
    if (!form.leadcrmAt || Date.now() - form.leadcrmAt > OLD) prove(form, address, true);
    return form.leadcrmProof;
  }

  function finish(form, answer) {
    if (form.leadcrmDone) form.leadcrmDone();
    var target = answer.redirect && /^https?:\/\//i.test(answer.redirect) ? answer.redirect : "";
    if (target) return window.location.assign(target);
    var done = document.createElement("div");
    done.className = form.className + " lf-done";
    done.setAttribute("role", "status");
    done.tabIndex = -1;
    done.textContent = [answer.message, answer.text].filter(Boolean).join("\n\n");
    if (answer.link) {
      var link = document.createElement("a");
      link.className = "lf-link";
      link.href = answer.link;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = answer.link_text;
      done.append("\n\n", link);
    }
    form.replaceWith(done);
    done.focus();
  }

  function fail(form, info) {
    tell(form, info.texts.failed + (info.contact ? " " + info.texts.contact + " " + info.contact : ""));
    form.querySelector("[data-summary]").focus();
  }

  function submit(form, address, info) {
    busy(form, true);
    tell(form, "");
    return ready(form, address).then(function () {
      var visitor = window.leadcrm && window.leadcrm.visitor;
      form.leadcrmKey = form.leadcrmKey || newKey();
      var more = { submission_id: form.leadcrmKey, page_url: window.location.href, referrer: document.referrer };
      if (visitor) more.visitor = visitor;
      return send(address, collect(form, more), info.texts, form, 0);
    }).then(function (result) {
      if (result.status === 200 || result.status === 202) return finish(form, result.answer);
      busy(form, false);
      form.leadcrmKey = "";
      var errors = result.answer.errors || {}, first = null;
      Object.keys(errors).forEach(function (name) {
        if (show(form, name, errors[name].join(" ")) && !first) first = form.querySelector('[data-field="' + name + '"] [name]');
      });
      if (first) form.leadcrmTurn(first);
      prove(form, address, true);
      tell(form, errors.check ? errors.check.join(" ") : result.answer.message || info.texts.wrong);
      (first || form.querySelector("[data-summary]")).focus();
    }).catch(function () { busy(form, false); fail(form, info); });
  }

  /* Puts the form into a box; tells when it was answered. */
  function draw(root, address, info, done) {
    var box = document.createElement("template");
    box.innerHTML = info.html;
    root.appendChild(box.content);
    var form = root.querySelector("form");
    if (!form) return;
    form.leadcrmDone = done;
    prepare(form);
    proveLater(form, address);
    form.addEventListener("input", function () { form.leadcrmKey = ""; });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (!form.leadcrmBusy && check(form) && !form.leadcrmTurn()) submit(form, address, info);
    });
  }

  /* Forms that open over the page have a script of their own, which few pages need. */
  function shape(root, address, info) {
    function ready() { window.leadcrmShape(root, info, function (box, done) { draw(box, address, info, done); }); }
    if (window.leadcrmShape) return ready();
    var more = document.createElement("script");
    more.src = base + "/shapes.js";
    more.onload = ready;
    document.head.appendChild(more);
  }

  function embed(id, place) {
    var address = base + "/f/" + encodeURIComponent(id) + "/";
    var host = document.createElement("div");
    host.setAttribute("data-leadcrm", id);
    if (document.head.contains(place)) {
      /* Pasted into the head: the form stands at the end of the page. */
      if (document.body) document.body.appendChild(host);
      else addEventListener("DOMContentLoaded", function () { document.body.appendChild(host); });
    } else place.parentNode.insertBefore(host, place);
    /* The language of the place: said by the line itself, else by the page around it. */
    var near = host.parentNode && host.closest("[lang]");
    var lang = script.dataset.lang || (near ? near.lang : document.documentElement.lang);
    fetch(address + "definition.json" + (lang ? "?lang=" + encodeURIComponent(lang) : ""), { credentials: "omit" }).then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    }).then(function (info) {
      var root = host.attachShadow({ mode: "open" });
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(info.css);
      root.adoptedStyleSheets = [sheet];
      host.lang = info.language;
      if (info.display) shape(root, address, info);
      else draw(root, address, info);
    }).catch(function () {
      /* The form cannot be drawn: the way to our own page is better than nothing. */
      var link = document.createElement("a");
      link.href = address;
      link.textContent = script.dataset.fallback || address;
      host.appendChild(link);
    });
  }

  /* <leadcrm-form form="UUID">, for pages that are put together by scripts. */
  if (window.customElements && !customElements.get("leadcrm-form")) {
    customElements.define("leadcrm-form", class extends HTMLElement {
      connectedCallback() {
        if (!this.isDrawn) embed(this.getAttribute("form"), this.appendChild(document.createElement("span")));
        this.isDrawn = true;
      }
    });
  }

  function enhance(form) {
    var address = form.getAttribute("action");
    var sum = form.querySelector("[data-sum]");
    if (sum) sum.remove();
    prepare(form);
    proveLater(form, address);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (form.leadcrmBusy || !check(form) || form.leadcrmTurn()) return;
      busy(form, true);
      ready(form, address).then(function () { form.submit(); });
    });
    window.addEventListener("pageshow", function (event) {
      if (!event.persisted) return;
      form.elements.submission_id.value = newKey();
      busy(form, false);
    });
  }

  if (script.hasAttribute("data-enhance")) {
    document.querySelectorAll("form[data-leadcrm-form]").forEach(enhance);
  } else if (script.dataset.form && !script.leadcrmDone) {
    script.leadcrmDone = true;
    embed(script.dataset.form, script);
  }
})();
