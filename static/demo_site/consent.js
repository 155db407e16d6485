/* The consent banner of the made-up website: it asks once and tells LeadCRM's script on each page. */
(function () {
  "use strict";
  var KEY = "measured", bar = document.getElementById("consent");
  window.leadcrm = window.leadcrm || function () {
    (window.leadcrm.q = window.leadcrm.q || []).push(arguments);
  };
  function tell(choice) {
    bar.hidden = choice !== null;
    if (choice !== null) window.leadcrm("consent", choice === "yes");
  }
  bar.addEventListener("click", function (event) {
    var choice = event.target.dataset.choice;
    if (!choice) return;
    localStorage.setItem(KEY, choice);
    tell(choice);
  });
  tell(localStorage.getItem(KEY));
})();
