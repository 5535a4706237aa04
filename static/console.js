// The board and one conversation, live. Text only ever enters the page as text.
(function () {
  "use strict";
  var root = document.querySelector("[data-live]");
  var store = document.getElementById("words");
  if (!root || !store || !window.EventSource) return;
  var plainTitle = document.title;
  var known = null;

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
    if (one.drawn) rank.append(make("span", "mark", word("drawn")), " ");
    if (one.lower) rank.append(make("span", "mark", word("lower/card")), " ");
    var waited = word("waited").replace("{minutes}", minutes);
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
    item.append(rank, why, make("p", "about", word("channel/" + one.channel) + " · " + language));
    if (mine) {
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
    var focused = list.contains(document.activeElement) && document.activeElement.closest("[data-id]");
    list.replaceChildren.apply(list, cards.map(function (one) {
      return kept && kept.dataset.group === group(one) ? kept : card(one, mine);
    }));
    list.parentElement.querySelector(".empty").hidden = cards.length > 0;
    if (focused) {
      var again = list.querySelector('[data-id="' + focused.dataset.id + '"] .button');
      if (again) again.focus();
    }
  }

  function sound() {
    var wanted = document.getElementById("sound");
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!wanted || !wanted.checked || !Context) return;
    var context = new Context();
    var tone = context.createOscillator();
    tone.connect(context.destination);
    tone.frequency.value = 660;
    tone.start();
    tone.stop(context.currentTime + 0.25);
    tone.onended = function () { context.close(); };
  }

  function board(event) {
    var seen = JSON.parse(event.data);
    tell("board", seen);
    fill("waiting", seen.waiting, false);
    fill("mine", seen.mine, true);
    document.querySelector('[data-count="waiting"]').textContent = String(seen.total);
    document.querySelector('[data-count="mine"]').textContent = String(seen.mine.length);
    var more = document.querySelector(".more");
    more.hidden = !seen.more;
    more.textContent = word("more").replace("{number}", seen.more);
    ["surge", "capped", "overdue"].forEach(function (name) {
      document.querySelector('[data-banner="' + name + '"]').hidden = !seen[name];
    });
    document.title = (seen.total ? word("new").replace("{number}", seen.total) + " · " : "") + plainTitle;
    var newest = Math.max.apply(null, seen.waiting.map(function (one) { return one.newest || one.since; }).concat(0));
    if (known !== null && newest > known) sound();
    known = Math.max(newest, known || 0);
    document.querySelectorAll("[data-duty]").forEach(function (part) {
      part.hidden = (part.dataset.duty === "on") !== seen.on_duty;
    });
  }

  function describe() {
    var form = make("form", "describe");
    form.method = "post";
    form.action = "/staff/contacts/" + encodeURIComponent(root.dataset.contact) + "/describe";
    form.append(document.querySelector('.answer [name="fence"]').cloneNode(), make("button", "quiet", word("attachment/ask")));
    return form;
  }

  function line(one) {
    var item = make("li", "line " + one.speaker);
    item.dataset.number = one.number;
    var at = new Date(one.at * 1000).toISOString().slice(11, 16);
    var who = make("span", "who", word("speaker/" + one.speaker) + " · " + at);
    if (one.edited) who.append(" · ", make("span", "edited", word("edited")));
    item.append(who);
    var text = make("p", "", one.text);
    text.dir = "auto";
    item.append(text);
    if (one.english && one.english !== one.text) {
      var english = make("p", "english", one.english);
      english.lang = "en";
      english.dir = "ltr";
      item.append(english);
    }
    one.attachments.forEach(function (kind) {
      item.append(make("p", "attachment", word("attachment").replace("{kind}", kind)));
    });
    if (one.attachments.length) item.append(describe());
    if (one.speaker === "responder") {
      item.append(make("span", "delivery " + one.delivery, word("delivery/" + one.delivery)));
    }
    return item;
  }

  function talk(event) {
    var seen = JSON.parse(event.data);
    tell("talk", seen);
    document.querySelector(".gone").hidden = seen.open;
    document.querySelectorAll(".answer, .close, .release, .phrasebook").forEach(function (part) { part.hidden = !seen.open; });
    var list = document.querySelector('[data-list="lines"]');
    if (!seen.open) { list.replaceChildren(); return; }
    var atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    seen.lines.forEach(function (one) {
      var old = list.querySelector('[data-number="' + one.number + '"]');
      if (!old) list.append(line(one));
      else if (old.querySelector(".delivery") && !old.querySelector(".delivery." + one.delivery)) old.replaceWith(line(one));
    });
    if (atEnd) list.scrollTop = list.scrollHeight;
    document.querySelector(".opted-out").hidden = !seen.opted_out;
    document.querySelector(".notice.window").hidden = !seen.window;
    document.querySelector(".notice.hushed").hidden = !seen.hushed;
    document.querySelector("[data-level]").textContent = word("level/" + seen.level);
    document.querySelector(".contact .about").className = "about " + seen.level;
  }

  var source = new EventSource(root.dataset.live);
  source.addEventListener("board", board);
  source.addEventListener("talk", talk);
  source.addEventListener("out", function () { source.close(); window.location.assign("/staff/login"); });
  var trouble = document.querySelector(".trouble");
  source.onerror = function () { trouble.hidden = false; };
  source.onopen = function () { trouble.hidden = true; };
  source.addEventListener("trouble", function () { trouble.hidden = false; });

  var answer = document.getElementById("answer");
  if (answer) {
    answer.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) answer.form.requestSubmit();
    });
    document.querySelector('[data-list="lines"]').scrollTop = 1e9;
  }
})();
