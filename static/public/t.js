/* LeadCRM: visits, only after leadcrm("consent", true). Before that nothing is read, stored or sent.
   <script src="https://HOST/t.js" async></script>
   leadcrm("consent", true) starts, leadcrm("consent", false) forgets, leadcrm("view") tells of a page
   that was changed without loading. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || (window.leadcrm && window.leadcrm.isLoaded)) return;
  var address = new URL(script.src).origin + "/t";
  var KEY = "leadcrm";
  var LIFE = 390 * 24 * 3600 * 1000;
  var isOn = false, view = "", since = 0, shown = 0, firstView = null;

  function isRefused() {
    return navigator.globalPrivacyControl === true || navigator.doNotTrack === "1";
  }

  function read() {
    try {
      var kept = JSON.parse(localStorage.getItem(KEY) || "null");
      return kept && Date.now() - kept.at < LIFE ? kept.id : "";
    } catch (error) { return ""; }
  }

  function keep(id) {
    leadcrm.visitor = id;
    try { localStorage.setItem(KEY, JSON.stringify({ id: id, at: Date.now() })); } catch (error) { /* for this page only */ }
  }

  function post(data) {
    data.v = leadcrm.visitor || "";
    return fetch(address, {
      method: "POST", credentials: "omit", keepalive: true, body: JSON.stringify(data),
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

  function look() {
    leave();
    view = newKey();
    shown = 0;
    since = document.visibilityState === "visible" ? Date.now() : 0;
    var event = { e: "view", c: true, p: view, u: location.href, t: document.title, r: document.referrer };
    /* The first view brings the id; a second one waits for it. */
    firstView = (firstView || Promise.resolve()).then(function () {
      return isOn ? post(event) : {};
    }).then(function (answer) { if (answer.v && isOn) keep(answer.v); });
  }

  function pause() {
    if (since) shown += Date.now() - since;
    since = 0;
  }

  function leave() {
    pause();
    if (isOn && view && shown >= 1000) post({ e: "leave", p: view, s: Math.round(shown / 1000) });
  }

  function consent(isGiven) {
    if (!isGiven) {
      var id = leadcrm.visitor || read();
      isOn = false;
      view = "";
      leadcrm.visitor = "";
      try { localStorage.removeItem(KEY); } catch (error) { /* nothing was stored */ }
      if (id) fetch(address, { method: "POST", credentials: "omit", keepalive: true, body: JSON.stringify({ e: "forget", v: id }) }).catch(function () {});
      return;
    }
    if (isOn || isRefused()) return;
    isOn = true;
    leadcrm.visitor = read();
    look();
  }

  function leadcrm(command, value) {
    if (command === "consent") consent(value === true);
    else if (command === "view" && isOn) look();
  }
  var waiting = (window.leadcrm && window.leadcrm.q) || [];
  leadcrm.isLoaded = true;
  leadcrm.visitor = "";
  window.leadcrm = leadcrm;

  document.addEventListener("visibilitychange", function () {
    if (!isOn) return;
    if (document.visibilityState === "visible") since = Date.now();
    else leave();
  });
  for (var i = 0; i < waiting.length; i++) leadcrm.apply(null, waiting[i]);
})();
