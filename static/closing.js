// Closing: a ticked referral says how it ended, and a page that was left never comes back from the browser's memory.
(function () {
  "use strict";
  function count(event) {
    var tool = document.querySelector("[data-closing]");
    if (!tool || (event && !event.target.matches(".referrals input"))) return;
    var outcome = tool.querySelector("[name=outcome]");
    var number = tool.querySelector("[data-ticked]");
    var boxes = Array.prototype.slice.call(tool.querySelectorAll(".referrals input"));
    var ticked = boxes.filter(function (box) { return box.checked; }).length;
    number.textContent = String(ticked);
    number.hidden = ticked === 0;
    if (ticked && outcome.value === "unknown") outcome.value = "referred";
  }

  document.addEventListener("change", count);
  document.addEventListener("desk:opened", function () { count(); });
  count();

  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.body.hidden = true;
    window.location.reload();
  });
})();
