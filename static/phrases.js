// The phrasebook: "/" opens it, typing narrows it, arrows move, Enter sends.
(function () {
  "use strict";
  var book = document.querySelector("[data-phrases]");
  if (!book) return;
  var search = book.querySelector("input[type=search]");
  var none = book.querySelector(".none");
  var buttons = Array.prototype.slice.call(book.querySelectorAll("li button"));
  search.hidden = false;

  function plain(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function narrow() {
    var words = plain(search.value).split(/\s+/).filter(Boolean);
    var left = 0;
    buttons.forEach(function (button) {
      var here = plain(button.textContent + " " + button.value);
      var fits = words.every(function (word) { return here.indexOf(word) >= 0; });
      button.parentNode.hidden = !fits;
      if (fits) left += 1;
    });
    book.querySelectorAll("[data-group]").forEach(function (group) {
      group.hidden = !group.querySelector("li:not([hidden])");
    });
    none.hidden = left > 0;
  }

  function shown() {
    return buttons.filter(function (button) { return !button.parentNode.hidden; });
  }

  function move(step) {
    var list = shown();
    if (!list.length) return;
    var at = list.indexOf(document.activeElement);
    var next = at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step;
    if (next < 0) search.focus();
    else list[Math.min(next, list.length - 1)].focus();
  }

  search.addEventListener("input", narrow);
  book.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    else if (event.key === "Escape") { book.open = false; book.querySelector("summary").focus(); }
    else if (event.key === "Enter" && event.target === search) {
      event.preventDefault();
      move(1);
    }
  });
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    book.open = true;
    search.focus();
  });
  book.addEventListener("toggle", function () { if (book.open) search.focus(); });
})();
