/* LeadCRM: what visitors do on a website, only after leadcrm("consent", true). Before that nothing
   is read, stored or sent. <script src="https://HOST/t.js" async></script>
   leadcrm("consent", true) starts, leadcrm("consent", false) forgets, leadcrm("event", name, data)
   tells of something, leadcrm("view") of a page that changed without a new address. */
(function () {
  "use strict";
  /* Filled in by the server: v visits, d dwell time, s scrolling, c clicks, e events. */
  var PARTS = "";
  var script = document.currentScript;
  if (!script || (window.leadcrm && window.leadcrm.isLoaded)) return;
  var address = new URL(script.src).origin + "/t";
  var KEY = "leadcrm";
  var LIFE = 390 * 24 * 3600 * 1000;
  var FULL = 25, PAUSE = 3000, BEAT = 30000;
  var FILES = /\.(pdf|zip|gz|7z|docx?|xlsx?|pptx?|od[tsp]|csv|txt|rtf|ics|vcf|mp3|mp4|mov|epub|dmg|exe|msi|apk)$/i;
  var isOn = false, isBound = false, isAsking = false;
  var queue = [], timer = 0, count = 0;
  var view = "", place = "", since = 0, shown = 0, told = -1, depth = 0;

  function has(part) { return PARTS.indexOf(part) >= 0; }

  function isRefused() {
    return navigator.globalPrivacyControl === true || navigator.doNotTrack === "1" || window.doNotTrack === "1";
  }

  function read() {
    try {
      var kept = JSON.parse(localStorage.getItem(KEY) || "null");
      return kept && Date.now() - kept.at < LIFE ? String(kept.id) : "";
    } catch (error) { return ""; }
  }

  function keep(id) {
    leadcrm.visitor = id;
    try { localStorage.setItem(KEY, JSON.stringify({ id: id, at: Date.now() })); } catch (error) { /* for this page only */ }
  }

  /* Without credentials, so no cookie of ours ever goes along; a beacon only where nothing else
     outlives the page. */
  function post(data) {
    var body = JSON.stringify(data);
    if (!("keepalive" in Request.prototype) && document.visibilityState === "hidden" && navigator.sendBeacon) {
      navigator.sendBeacon(address, body);
      return Promise.resolve({});
    }
    return fetch(address, {
      method: "POST", credentials: "omit", keepalive: true, body: body,
      headers: { "Content-Type": "text/plain;charset=UTF-8" }
    }).then(function (response) {
      return response.status === 200 ? response.json() : {};
    }).catch(function () { return {}; });
  }

  function newKey() {
    var hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (x) {
      return x.toString(16).padStart(2, "0");
    }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function put(event, isUrgent) {
    event.p = view;
    event.at = Date.now();
    queue.push(event);
    if (queue.length >= FULL) flush();
    else if (isUrgent || !timer) {
      clearTimeout(timer);
      timer = setTimeout(flush, isUrgent ? 50 : PAUSE);
    }
  }

  /* The first answer brings the id, and what follows waits for it: else one browser got two ids.
     On a page that is going away nothing can wait; the server knows the view. */
  function flush(isLast) {
    clearTimeout(timer);
    timer = 0;
    if (!isOn || !queue.length || (isAsking && isLast !== true)) return;
    var now = Date.now(), events = queue.splice(0, 50);
    events.forEach(function (event) { event.a = Math.max(0, now - event.at); delete event.at; });
    var isNew = !leadcrm.visitor;
    isAsking = isAsking || isNew;
    var data = { c: true, v: leadcrm.visitor, b: events };
    if (navigator.webdriver) data.m = 1;
    post(data).then(function (answer) {
      if (isNew) isAsking = false;
      if (answer.v && isOn) keep(answer.v);
      if (queue.length) flush();
    });
  }

  function measure() {
    var page = document.documentElement;
    var seen = Math.min(100, Math.round((window.scrollY + window.innerHeight) / Math.max(1, page.scrollHeight) * 100));
    if (seen > depth) depth = seen;
  }

  function visible() { return shown + (since ? Date.now() - since : 0); }

  function stay() {
    if (!view || !(has("d") || has("s"))) return;
    var event = { e: "stay" }, seconds = Math.max(1, Math.round(visible() / 1000));
    if (has("s")) measure();
    if (seconds * 1000 + depth === told || !visible()) return;
    told = seconds * 1000 + depth;
    if (has("d")) event.s = seconds;
    if (has("s")) event.d = depth;
    put(event);
  }

  function look() {
    stay();
    var before = place ? location.origin + place : document.referrer;
    view = newKey();
    place = location.pathname + location.search;
    shown = count = depth = 0;
    told = -1;
    since = document.visibilityState === "visible" ? Date.now() : 0;
    put({ e: "view", u: location.href, t: document.title, r: before }, true);
  }

  function leave() {
    if (!isOn) return;
    stay();
    if (since) shown += Date.now() - since;
    since = 0;
    flush(true);
  }

  function moved() {
    /* The title of the new page is set after its address. */
    setTimeout(function () {
      if (isOn && location.pathname + location.search !== place) look();
    }, 50);
  }

  function clicked(event) {
    if (!isOn || !view || (event.type === "auxclick" && event.button !== 1)) return;
    var link = (event.composedPath ? event.composedPath() : []).find(function (item) {
      return item.tagName === "A" && item.href;
    });
    if (!link) return;
    var url;
    try { url = new URL(link.href, location.href); } catch (error) { return; }
    if (!/^https?:$/.test(url.protocol)) return;
    var isFile = link.hasAttribute("download") || FILES.test(url.pathname);
    if (!isFile && url.host === location.host) return;
    put({ e: "click", i: ++count, k: isFile ? "download" : "outbound", u: url.origin + url.pathname }, true);
  }

  function happened(name, data) {
    if (!isOn || !view || !has("e") || typeof name !== "string") return;
    put({ e: "event", i: ++count, n: name.slice(0, 100), d: data && typeof data === "object" ? data : {} });
  }

  function wrap(name) {
    var original = history[name];
    history[name] = function () {
      var result = original.apply(this, arguments);
      moved();
      return result;
    };
  }

  /* Nothing of the page is touched before consent. */
  function bind() {
    if (isBound) return;
    isBound = true;
    wrap("pushState");
    wrap("replaceState");
    addEventListener("popstate", moved);
    addEventListener("pagehide", leave);
    addEventListener("pageshow", function (event) { if (event.persisted && isOn) look(); });
    document.addEventListener("visibilitychange", function () {
      if (!isOn) return;
      if (document.visibilityState === "visible") since = since || Date.now();
      else leave();
    });
    if (has("s")) addEventListener("scroll", function () { if (isOn) measure(); }, { passive: true });
    if (has("c")) {
      document.addEventListener("click", clicked, true);
      document.addEventListener("auxclick", clicked, true);
    }
    setInterval(function () { if (isOn && since) stay(); }, BEAT);
  }

  function consent(isGiven) {
    if (!isGiven) {
      var id = leadcrm.visitor || read();
      isOn = isAsking = false;
      view = leadcrm.visitor = "";
      queue = [];
      try {
        /* With what the forms that open over a page remember. */
        Object.keys(localStorage).forEach(function (name) {
          if (name === KEY || name.indexOf(KEY + "-form-") === 0) localStorage.removeItem(name);
        });
      } catch (error) { /* nothing was stored */ }
      if (id) post({ e: "forget", v: id });
      return;
    }
    if (isOn || !has("v") || isRefused()) return;
    isOn = true;
    leadcrm.visitor = read();
    bind();
    look();
  }

  function leadcrm(command, value, data) {
    if (command === "consent") consent(value === true);
    else if (command === "view" && isOn) look();
    else if (command === "event") happened(value, data);
  }
  var waiting = (window.leadcrm && window.leadcrm.q) || [];
  leadcrm.isLoaded = true;
  leadcrm.visitor = "";
  window.leadcrm = leadcrm;
  for (var i = 0; i < waiting.length; i++) leadcrm.apply(null, waiting[i]);
})();
