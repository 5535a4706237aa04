// Keys of the desk. Those of one letter work outside fields only, and can be switched off for good in this browser.
(function () {
  "use strict";
  var OFF = "desk-keys-off";
  var TOOLS = { c: "checks", d: "directory", n: "note" };

  function off() {
    try { return window.localStorage.getItem(OFF) === "1"; } catch (error) { return false; }
  }

  function remember(isOff) {
    try {
      if (isOff) window.localStorage.setItem(OFF, "1");
      else window.localStorage.removeItem(OFF);
    } catch (error) { /* a browser that keeps nothing: it holds for this page */ }
  }

  function dialog() { return document.querySelector("[data-keylist]"); }

  function list() {
    var one = dialog();
    if (!one) return;
    one.querySelector("[data-keys-single]").checked = !window.desk.keysOff;
    if (one.open) one.close();
    else one.showModal();
  }

  function tabs() { return Array.prototype.slice.call(document.querySelectorAll("a[data-tab]")); }

  function next() {
    var all = tabs();
    var at = all.findIndex(function (one) { return one.getAttribute("aria-current"); });
    var turned = all.slice(at + 1).concat(all.slice(0, at + 1));
    return turned.find(function (one) { return one.querySelector(".new") && !one.getAttribute("aria-current"); });
  }

  function tool(name) {
    var one = document.querySelector('[data-tool="' + name + '"]');
    if (!one || one.hidden) return;
    one.open = true;
    var first = one.querySelector("textarea, input[type=search], li button");
    (first || one.querySelector("summary")).focus();
  }

  function withAlt(event) {
    var number = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    var wanted = number ? tabs()[number[1] - 1] : event.code === "KeyN" ? next() : null;
    if (!number && event.code !== "KeyN") return;
    event.preventDefault();
    if (wanted) wanted.click();
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.defaultPrevented || !document.querySelector("main.contact")) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey) return withAlt(event);
    if (document.querySelector("main.contact").inert) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    var field = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "Escape" && field) return event.target.blur();
    if (field || window.desk.keysOff || (dialog() && dialog().open && event.key !== "?")) return;
    var key = event.key.toLowerCase();
    if (key === "?") list();
    else if (key === "a") document.getElementById("answer").focus();
    else if (TOOLS[key]) tool(TOOLS[key]);
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", function (event) { if (event.target.closest("[data-keys]")) list(); });

  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-keys-single]")) return;
    window.desk.keysOff = !event.target.checked;
    remember(window.desk.keysOff);
  });

  function begin() { document.querySelectorAll("[data-keys]").forEach(function (one) { one.hidden = false; }); }

  window.desk.keysOff = off();
  document.addEventListener("desk:opened", begin);
  begin();
})();
