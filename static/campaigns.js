// The preview and the remarks follow what is typed. The server renders; what comes back is adopted as inert nodes.
(function () {
  "use strict";
  var PAUSE = 600;
  var form = document.querySelector("form[data-write]");
  var text = form && form.querySelector("textarea");
  if (!text) return;
  var publish = form.querySelector("[data-publish]");
  var ready = publish && !publish.disabled;
  var leaving = false;
  var waiting = 0;
  var asked = 0;

  function changed() { return text.value !== text.defaultValue; }

  function renew(page) {
    ["remarks", "why-not"].concat(changed() ? ["state"] : []).forEach(function (name) {
      var old = document.querySelector('[data-part="' + name + '"]');
      var fresh = page.querySelector('[data-part="' + name + '"]');
      if (!old || !fresh || old.contains(document.activeElement)) return;
      old.replaceChildren.apply(old, Array.prototype.slice.call(document.adoptNode(fresh).childNodes));
    });
    var phone = document.querySelector("[data-preview]");
    var made = page.querySelector("[data-preview] template");
    var screen = made && made.content.querySelector(".screen");
    var shown = phone && phone.shadowRoot && phone.shadowRoot.querySelector(".screen");
    // While a line is half written there may be nothing to show: the last look stays.
    if (shown && screen && screen.firstElementChild) shown.replaceWith(document.adoptNode(screen));
  }

  function look() {
    var turn = ++asked;
    var request = new XMLHttpRequest();
    request.open("POST", form.dataset.look);
    request.responseType = "document";
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onload = function () {
      if (turn === asked && request.status === 200 && request.response) renew(request.response);
    };
    request.send(new URLSearchParams(new FormData(form)).toString());
  }

  text.addEventListener("input", function () {
    if (publish) publish.disabled = changed() || !ready;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(look, PAUSE);
  });

  // A remark leads to its line.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    var lines = text.value.split("\n");
    var start = lines.slice(0, Number(link.dataset.line) - 1).join("\n").length + (link.dataset.line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[link.dataset.line - 1] || "").length);
  });

  form.addEventListener("submit", function () { leaving = true; });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && changed()) event.preventDefault();
  });
})();
