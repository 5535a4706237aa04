// Calls whoever has the console open: a tone for somebody new, and again until nobody waits too long; the title too.
(function () {
  "use strict";
  var bar = document.querySelector("[data-alarm]");
  if (!bar) return;
  var AGAIN = { immediate: 10, urgent: 20, soon: 30, routine: 60 };
  var MUTE_SECONDS = 300;
  var MARK = "\u203c ";
  var LEVELS = Object.keys(AGAIN);
  var box = document.getElementById("sound");
  var mute = bar.querySelector("button");
  var quiet = document.querySelector("[data-quiet]");
  var seen = [];
  var known = null;
  var level = "";
  var last = 0;
  var context = null;

  function keep(name, value) {
    try { window.localStorage.setItem(name, value); } catch (fault) { return; }
  }

  function kept(name) {
    try { return window.localStorage.getItem(name); } catch (fault) { return null; }
  }

  function now() { return Date.now() / 1000; }
  function muted() { return Number(kept("alarm-quiet") || 0) > now(); }
  function wanted() { return box ? box.checked : kept("alarm-sound") === "on"; }

  if (box) {
    box.checked = kept("alarm-sound") === "on";
    box.addEventListener("change", function () {
      keep("alarm-sound", box.checked ? "on" : "off");
      if (box.checked) tone();
    });
  }

  // A browser plays nothing before somebody has pressed something on the page.
  function wake() { if (context && context.state === "suspended") context.resume(); }
  document.addEventListener("pointerdown", wake);
  document.addEventListener("keydown", wake);

  function tone() {
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!Context || !wanted()) return;
    context = context || new Context();
    wake();
    var one = context.createOscillator();
    one.connect(context.destination);
    one.frequency.value = 660;
    one.start();
    one.stop(context.currentTime + 0.25);
    bar.dataset.tones = String(Number(bar.dataset.tones || 0) + 1);
  }

  function paused(one) {
    return (one.reasons || []).some(function (reason) { return reason[0] === "paused"; });
  }

  function calls(one) { return !one.lower && (one.level === "immediate" || !paused(one)); }
  function isNew(one) { return !(known[one.id] >= (one.newest || one.since)); }
  function mine(one) { return one.offered !== false || one.level === "immediate" || one.late; }

  // Whoever is in danger calls at once and goes on; everybody else from their level's target on.
  function look() {
    var loud = seen.filter(function (one) { return calls(one) && (one.level === "immediate" || one.late); });
    level = LEVELS.find(function (name) { return loud.some(function (one) { return one.level === name; }); }) || "";
  }

  document.addEventListener("desk:board", function (event) {
    var board = event.detail;
    seen = board.on_duty || !board.people ? board.waiting : [];
    var called = board.waiting.filter(function (one) { return calls(one) && mine(one); });
    var fresh = known ? called.filter(isNew) : [];
    if (fresh.some(function (one) { return one.level === "immediate"; })) keep("alarm-quiet", "0");
    if (fresh.length && !muted()) { tone(); last = now(); }
    known = {};
    called.forEach(function (one) { known[one.id] = one.newest || one.since; });
    look();
    show();
  });

  function show() {
    var on = level !== "" && !muted();
    if (bar.hidden === on) bar.hidden = !on;
    quiet.hidden = !(level !== "" && muted());
  }

  function tick() {
    var bare = document.title.indexOf(MARK) === 0 ? document.title.slice(MARK.length) : document.title;
    var on = level !== "" && !muted();
    var title = on && Math.floor(now()) % 2 ? MARK + bare : bare;
    if (title !== document.title) document.title = title;
    show();
    if (on && now() - last >= AGAIN[level]) { last = now(); tone(); }
  }

  mute.addEventListener("click", function () {
    keep("alarm-quiet", String(now() + MUTE_SECONDS));
    show();
  });
  quiet.querySelector("button").addEventListener("click", function () {
    keep("alarm-quiet", "0");
    show();
  });
  window.setInterval(tick, 1000);
})();
