// Tells that this page is open, each time the server asks over the open stream: a browser slows its own timers down on a
// page that lies behind others, but not what comes over the line. Keeps what was typed when a contact is gone.
(function () {
  "use strict";
  document.addEventListener("desk:beat", function () {
    fetch("/staff/here", { method: "POST", redirect: "manual", cache: "no-store" }).catch(function () {});
  });

  document.addEventListener("desk:talk", function (event) {
    var answer = document.getElementById("answer");
    var kept = document.querySelector(".kept");
    if (!answer || !kept) return;
    var draft = kept.querySelector("textarea");
    if (event.detail.open) {
      kept.hidden = true;
      return;
    }
    draft.value = answer.value;
    kept.hidden = answer.value.trim() === "";
  });
})();
