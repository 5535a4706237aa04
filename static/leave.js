// One tap, Shift three times or Escape twice: the page is covered at once, emptied, and another website takes its place.
"use strict";
(function () {
  var exit = document.querySelector(".leave-now").href;
  var presses = 0, pressed = "", spoiled = false, expiry = 0, gone = false;
  var SECONDS = 5;

  // The address of a talk is the name of the host, and a reload opens the first page instead of sending a form again.
  history.replaceState(null, "", "/");

  function make(tag, kind) {
    var one = document.createElement(tag);
    one.className = kind;
    return one;
  }
  function label(name) {
    var found = document.querySelector('[data-word="' + name + '"]');
    return found ? found.textContent : "";
  }
  function clear(one) { while (one.firstChild) one.removeChild(one.firstChild); }

  function cover() {
    var going = label("exit_going"), over = make("div", "cover");
    document.querySelectorAll("input, textarea").forEach(function (one) { one.value = ""; });
    clear(document.body);
    over.append(aloud);
    document.body.append(over);
    aloud.textContent = going;
    gone = true;
    document.dispatchEvent(new Event("covered"));
  }
  function leave() {
    if (gone) return;
    cover();
    document.dispatchEvent(new Event("leaving"));
    window.location.replace(exit);
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest(".leave-now")) return;
    event.preventDefault();
    leave();
  });
  // Whichever way the page is left, a copy that the browser keeps of it shows nothing, and is not shown again.
  window.addEventListener("pagehide", cover);
  window.addEventListener("pageshow", function (event) { if (event.persisted) window.location.replace("/"); });

  // ---- Keys ----
  var lights = make("div", "lights"), aloud = make("p", "away");
  lights.setAttribute("aria-hidden", "true");
  lights.append(make("span", ""), make("span", ""), make("span", ""));
  aloud.setAttribute("role", "alert");
  aloud.setAttribute("aria-live", "assertive");
  document.body.append(lights, aloud);

  function light(number) {
    lights.hidden = !number;
    lights.childNodes.forEach(function (one, place) { one.className = place < number ? "on" : ""; });
  }
  function forget() {
    presses = 0;
    clearTimeout(expiry);
    light(0);
  }
  function press(key, needed) {
    presses = pressed === key ? presses + 1 : 1;
    pressed = key;
    clearTimeout(expiry);
    if (presses >= needed) { leave(); return; }
    light(presses + 3 - needed);
    aloud.textContent = label(needed - presses === 2 ? "exit_two" : key === "Shift" ? "exit_one" : "");
    expiry = setTimeout(function () { forget(); aloud.textContent = label("exit_not"); }, SECONDS * 1000);
  }
  light(0);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Shift") { if (!event.repeat) spoiled = false; return; }
    spoiled = true;
    if (event.key !== "Escape") forget();
    else if (!event.repeat) press("Escape", 2);
  });
  // Shift that writes a capital letter is no wish to leave.
  document.addEventListener("keyup", function (event) {
    if (event.key === "Shift" && !spoiled && !gone) press("Shift", 3);
  });
})();
