// The board and one conversation, live. Text only ever enters the page as text.
(function () {
  "use strict";
  var root = document.querySelector("[data-live]");
  var store = document.getElementById("words");
  if (!root || !store || !window.EventSource) return;
  var plainTitle = document.title;

  function word(key) {
    var found = store.content.querySelector('[data-word="' + key + '"]');
    return found ? found.textContent : key;
  }

  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // What came is told to the scripts of the other tools: document.addEventListener("desk:board" or "desk:talk").
  function tell(name, seen) {
    document.dispatchEvent(new CustomEvent("desk:" + name, { detail: seen }));
  }

  function group(one) {
    return one.alike > 1 ? [one.likeness, one.level, one.lower ? 1 : 0].join(" ") : "";
  }

  function card(one, mine) {
    var item = make("li", "card " + one.level);
    item.dataset.id = one.id;
    if (one.alike > 1) item.dataset.group = group(one);
    var rank = make("p", "rank");
    rank.append(make("span", "level", word("level/" + one.level)), " ");
    var minutes = String(Math.floor(one.seconds / 60));
    var many = one.alike > 1;
    if (many) rank.append(make("span", "many", word("alike").replace("{number}", one.alike)), " ");
    if (one.offered && !one.everyone) rank.append(make("span", "mark offered", word("rank/offered")), " ");
    if (one.part === "second") rank.append(make("span", "mark", word("join/second")), " ");
    if (one.drawn) rank.append(make("span", "mark", word("drawn")), " ");
    if (one.lower) rank.append(make("span", "mark", word("lower/card")), " ");
    var waited = one.seconds < 60 ? word("waited/new") : word("waited").replace("{minutes}", minutes);
    if (many) {
      var newest = String(Math.floor(one.newest_seconds / 60));
      waited = word("alike/waited").replace("{newest}", newest).replace("{oldest}", minutes);
    }
    if (!mine) rank.append(make("span", one.late ? "waited late" : "waited", waited));
    var why = make("p", "why");
    if (!one.signals.length) why.textContent = word("why/asked");
    one.signals.forEach(function (code) { why.append(make("span", "signal", word("signal/" + code)), " "); });
    if (one.hushed) why.append(make("span", "signal hushed", word("hushed/card")));
    var language = one.language ? word("language/" + one.language) : word("language/unknown");
    item.append(rank, why);
    if (one.reasons && one.reasons.length) item.append(reasons(one, language));
    item.append(make("p", "about", word("channel/" + one.channel) + " · " + language));
    if (mine && one.part === "asked") {
      item.append(make("p", "asked", word("join/asked").split("{name}").join(one.asker)), toJoin(one));
    } else if (mine) {
      var link = make("a", "button", word("open"));
      link.href = "/staff/contacts/" + encodeURIComponent(one.id);
      item.append(link);
    } else {
      var form = make("form");
      form.method = "post";
      form.action = "/staff/contacts/" + encodeURIComponent(one.id) + "/claim";
      form.append(make("button", "button", word(many ? "alike/take" : "claim")));
      item.append(form);
      if (many) item.append(together(one));
    }
    return item;
  }

  // A colleague asks whether one joins them.
  function toJoin(one) {
    var answers = make("div", "answers");
    [["join", "button", "join/yes"], ["decline", "quiet", "join/no"]].forEach(function (row) {
      var form = make("form");
      form.method = "post";
      form.action = "/staff/contacts/" + encodeURIComponent(one.id) + "/" + row[0];
      form.append(make("button", row[1], word(row[2])));
      answers.append(form);
    });
    return answers;
  }

  // Why it stands here, each reason a code with a time.
  function reasons(one, language) {
    var line = make("p", "reasons");
    one.reasons.forEach(function (row, place) {
      var code = row[0] === "target" && one.level === "routine" ? "target/routine" : row[0];
      var time = word("time/" + row[1]).replace("{number}", row[2]);
      var text = word("rank/" + code).replace("{time}", time).replace("{language}", language);
      if (place) line.append(" · ");
      line.append(code === "over" ? make("b", "", text) : text);
    });
    return line;
  }

  // Closing many takes two presses: one opens, one closes.
  function together(one) {
    var details = make("details", "alike");
    var form = make("form");
    form.method = "post";
    form.action = "/staff/alike";
    var fields = { likeness: one.likeness, level: one.level, until: one.newest, lower: one.lower ? "1" : "" };
    Object.keys(fields).forEach(function (name) {
      var field = make("input");
      field.type = "hidden";
      field.name = name;
      field.value = fields[name];
      form.append(field);
    });
    form.append(make("button", "button destroy", word("alike/close/go").replace("{number}", one.alike)));
    details.append(make("summary", "", word("alike/close")), make("p", "", word("alike/why")), form);
    return details;
  }

  function fill(name, cards, mine) {
    var list = document.querySelector('[data-list="' + name + '"]');
    if (!list) return;
    // A card that somebody is about to close stays as it is: what is closed must be what was read.
    var open = list.querySelector("details[open]");
    var kept = open && open.closest("[data-group]");
    list.replaceChildren.apply(list, cards.map(function (one) {
      return kept && kept.dataset.group === group(one) ? kept : card(one, mine);
    }));
  }

  // A press is a hand going down and up again on the same button: drawn anew in between, the board would swallow it.
  // A hand of which nothing more is heard holds it no longer than that; who listens to the board hears it all the same.
  var LONGEST_PRESS = 10000;
  var AFTER_PRESS = 300;
  var holding = 0;
  var unseen = null;

  function hold(time) {
    window.clearTimeout(holding);
    holding = window.setTimeout(function () {
      holding = 0;
      if (unseen) draw(unseen);
    }, time);
  }

  document.addEventListener("pointerdown", function () { hold(LONGEST_PRESS); }, true);
  ["pointerup", "pointercancel"].forEach(function (name) {
    document.addEventListener(name, function () { hold(AFTER_PRESS); }, true);
  });

  function board(event) {
    var seen = JSON.parse(event.data);
    tell("board", seen);
    if (holding) unseen = seen;
    else draw(seen);
  }

  function draw(seen) {
    unseen = null;
    var focused = document.activeElement && document.activeElement.closest("[data-id]");
    var next = seen.waiting.filter(function (one) { return seen.next.indexOf(one.id) >= 0; });
    var rest = seen.waiting.filter(function (one) { return seen.next.indexOf(one.id) < 0; });
    fill("next", next, false);
    fill("waiting", rest, false);
    fill("mine", seen.mine, true);
    document.querySelector(".next").hidden = !next.length;
    document.querySelector('[data-empty="waiting"]').hidden = seen.waiting.length > 0;
    document.querySelector('[data-empty="mine"]').hidden = seen.mine.length > 0;
    if (focused && !document.contains(focused)) {
      var again = document.querySelector('[data-id="' + focused.dataset.id + '"] .button');
      if (again) again.focus();
    }
    document.querySelector('[data-count="waiting"]').textContent = String(seen.total);
    document.querySelector('[data-count="mine"]').textContent = String(seen.mine.length);
    var more = document.querySelector(".more");
    more.hidden = !seen.more;
    more.textContent = word("more").replace("{number}", seen.more);
    ["surge", "capped", "overdue"].forEach(function (name) {
      document.querySelector('[data-banner="' + name + '"]').hidden = !seen[name];
    });
    document.title = (seen.offered ? word("new").replace("{number}", seen.offered) + " · " : "") + plainTitle;
    document.querySelectorAll("[data-duty]").forEach(function (part) {
      part.hidden = (part.dataset.duty === "on") !== seen.on_duty;
    });
  }

  var source = null;

  function trouble(is) {
    var line = document.querySelector(".trouble");
    if (line) line.hidden = !is;
  }

  // One stream for the board and whichever contact stands on the page.
  function connect() {
    if (source) source.close();
    root = document.querySelector("[data-live]");
    source = new EventSource(root.dataset.live);
    source.addEventListener("board", board);
    source.addEventListener("talk", function (event) { tell("talk", JSON.parse(event.data)); });
    source.addEventListener("beat", function () { tell("beat", {}); });
    source.addEventListener("out", function () { source.close(); window.location.assign("/staff/login"); });
    source.onerror = function () { trouble(true); };
    source.onopen = function () { trouble(false); };
    source.addEventListener("trouble", function () { trouble(true); });
  }

  window.desk = { word: word, make: make };
  document.addEventListener("desk:opened", connect);
  connect();
})();
