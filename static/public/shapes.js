/* LeadCRM: forms that open over a page. embed.js loads this only for a form that does.
   Without consent nothing is stored: then a form opens by itself only on the page on which a visit
   begins. With consent (t.js) the browser remembers when it was shown and whether it was answered. */
(function () {
  "use strict";
  if (window.leadcrmShape) return;

  function hasConsent() { return !!(window.leadcrm && window.leadcrm.visitor); }

  function memory(id) {
    var key = "leadcrm-form-" + id;
    return {
      read: function () {
        try { return hasConsent() ? JSON.parse(localStorage.getItem(key)) || {} : {}; } catch (error) { return {}; }
      },
      note: function (name) {
        if (!hasConsent()) return;
        var kept = this.read();
        kept[name] = Date.now();
        try { localStorage.setItem(key, JSON.stringify(kept)); } catch (error) { /* this page remembers it */ }
      }
    };
  }

  function beginsWith(patterns) {
    return patterns.some(function (start) { return location.pathname.indexOf(start) === 0; });
  }

  /* Whether the form may open by itself on this page, to this visitor, now. */
  function mayOpen(display, kept) {
    var isPhone = matchMedia("(max-width: 40rem)").matches, came = document.referrer;
    var isInside = came.indexOf(location.origin + "/") === 0;
    if (kept.done || (kept.shown && Date.now() - kept.shown < display.pause_days * 864e5)) return false;
    if (!hasConsent() && isInside) return false;
    if (display.pages.length && !beginsWith(display.pages)) return false;
    if (beginsWith(display.not_pages)) return false;
    if (display.referrer && came.indexOf(display.referrer) < 0) return false;
    if (display.campaign && new URLSearchParams(location.search).get("utm_campaign") !== display.campaign) return false;
    if (display.device !== "all" && isPhone !== (display.device === "phone")) return false;
    var isKnown = !!kept.seen || isInside;
    return display.who === "all" || isKnown === (display.who === "known");
  }

  function once(target, name, react) {
    target.addEventListener(name, function listen(event) {
      if (react(event) !== false) target.removeEventListener(name, listen);
    }, { passive: true });
  }

  function arm(display, open) {
    if (display.trigger === "time") setTimeout(open, display.seconds * 1000);
    else if (display.trigger === "scroll") {
      once(window, "scroll", function () {
        var all = document.documentElement.scrollHeight - innerHeight;
        if (all > 0 && scrollY / all * 100 < display.percent) return false;
        open();
      });
    } else if (display.trigger === "exit") {
      once(document, "mouseout", function (event) {
        if (event.relatedTarget || event.clientY > 0) return false;
        open();
      });
      /* A finger has no way out at the top: whoever scrolls back quickly is about to leave. */
      if (matchMedia("(pointer: coarse)").matches) {
        var last = scrollY, at = Date.now();
        once(window, "scroll", function () {
          var isFast = last - scrollY > 400 && Date.now() - at < 500;
          if (Date.now() - at > 500 || scrollY > last) { last = scrollY; at = Date.now(); }
          if (!isFast) return false;
          open();
        });
      }
    }
  }

  window.leadcrmShape = function (root, info, draw) {
    var display = info.display, kept = memory(info.id), box = null, isDone = false, opener = null;

    function close() {
      if (!box) return;
      if (box.open) box.close();
      box.remove();
      box = null;
      if (opener) opener.focus();
    }

    function open() {
      if (box || isDone) return;
      box = document.createElement("dialog");
      box.className = "lf-box is-" + display.shape;
      box.setAttribute("aria-label", info.headline);
      var button = document.createElement("button");
      button.type = "button";
      button.className = "lf-close";
      button.setAttribute("aria-label", info.texts.close);
      button.textContent = "×";
      button.onclick = close;
      root.appendChild(box);
      draw(box, function () { isDone = true; kept.note("done"); });
      box.prepend(button);
      box.addEventListener("close", close);
      if (display.shape === "popup" || display.shape === "button") box.showModal();
      else {
        box.show();
        box.addEventListener("keydown", function (event) { if (event.key === "Escape") close(); });
      }
      kept.note("shown");
    }

    if (display.shape === "button") {
      opener = document.createElement("button");
      opener.type = "button";
      opener.className = "lf lf-button lf-" + info.accent;
      opener.textContent = display.opener_text || info.headline;
      opener.onclick = open;
      root.appendChild(opener);
    }
    document.addEventListener("click", function (event) {
      var wanted = '[data-leadcrm-open="' + info.id + '"]' + (display.opener ? "," + display.opener : "");
      var hit = null;
      try { hit = event.target.closest && event.target.closest(wanted); } catch (error) { /* no selector */ }
      if (!hit) return;
      event.preventDefault();
      opener = opener || hit;
      open();
    });
    var before = kept.read();
    if (display.shape !== "button" && mayOpen(display, before)) arm(display, open);
    if (!before.seen) kept.note("seen");
  };
})();
