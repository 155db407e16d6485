/* The page of a type of meeting: shows the times of the visitor's own clock. Stores nothing. */
(function () {
  "use strict";
  var select = document.querySelector("[data-zone]");
  if (!select) return;
  select.addEventListener("change", function () { select.form.submit(); });
  if (select.dataset.asked) return;
  var own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  var known = Array.from(select.options).some(function (option) { return option.value === own; });
  if (!known || own === select.value) return;
  var address = new URL(window.location.href);
  address.searchParams.set("zone", own);
  window.location.replace(address);
})();
