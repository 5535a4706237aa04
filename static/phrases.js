// The phrasebook: "/" opens it, typing narrows it, arrows move, Enter sends.
(function () {
  "use strict";

  function book() { return document.querySelector("[data-phrases]"); }
  function search() { return book().querySelector("input[type=search]"); }
  function buttons() { return Array.prototype.slice.call(book().querySelectorAll("li button")); }

  function plain(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function narrow() {
    var words = plain(search().value).split(/\s+/).filter(Boolean);
    var left = 0;
    buttons().forEach(function (button) {
      var here = plain(button.textContent + " " + button.value);
      var fits = words.every(function (word) { return here.indexOf(word) >= 0; });
      button.parentNode.hidden = !fits;
      if (fits) left += 1;
    });
    book().querySelectorAll("[data-group]").forEach(function (group) {
      group.hidden = !group.querySelector("li:not([hidden])");
    });
    book().querySelector(".none").hidden = left > 0;
  }

  function move(step) {
    var list = buttons().filter(function (button) { return !button.parentNode.hidden; });
    if (!list.length) return;
    var at = list.indexOf(document.activeElement);
    var next = at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step;
    if (next < 0) search().focus();
    else list[Math.min(next, list.length - 1)].focus();
  }

  function within(event) {
    if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    else if (event.key === "Escape") { event.preventDefault(); book().open = false; book().querySelector("summary").focus(); }
    else if (event.key === "Enter" && event.target === search()) {
      event.preventDefault();
      move(1);
    }
  }

  document.addEventListener("input", function (event) { if (book() && event.target === search()) narrow(); });
  document.addEventListener("keydown", function (event) {
    if (!book()) return;
    if (book().contains(event.target)) within(event);
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (book().hidden || (window.desk && window.desk.keysOff)) return;
    event.preventDefault();
    book().open = true;
    search().focus();
  });
  document.addEventListener("toggle", function (event) {
    if (event.target === book() && book().open) search().focus();
  }, true);

  function begin() { if (book()) search().hidden = false; }

  document.addEventListener("desk:opened", begin);
  begin();
})();
