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

  function card(one, mine) {
    var item = make("li", "card " + one.level);
    item.dataset.id = one.id;
    var rank = make("p", "rank");
    rank.append(make("span", "level", word("level/" + one.level)), " ");
    var minutes = String(Math.floor(one.seconds / 60));
    if (!mine) rank.append(make("span", one.late ? "waited late" : "waited", word("waited").replace("{minutes}", minutes)));
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
      form.append(make("button", "button", word("claim")));
      item.append(form);
    }
    return item;
  }

  function fill(name, cards, mine) {
    var list = document.querySelector('[data-list="' + name + '"]');
    if (!list) return;
    var focused = list.contains(document.activeElement) && document.activeElement.closest("[data-id]");
    list.replaceChildren.apply(list, cards.map(function (one) { return card(one, mine); }));
    list.parentElement.querySelector(".empty").hidden = cards.length > 0;
    document.querySelector('[data-count="' + name + '"]').textContent = String(cards.length);
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
    fill("waiting", seen.waiting, false);
    fill("mine", seen.mine, true);
    document.title = (seen.waiting.length ? word("new").replace("{number}", seen.waiting.length) + " · " : "") + plainTitle;
    var ids = seen.waiting.map(function (one) { return one.id; });
    if (known !== null && ids.some(function (id) { return known.indexOf(id) < 0; })) sound();
    known = ids;
    document.querySelectorAll("[data-duty]").forEach(function (part) {
      part.hidden = (part.dataset.duty === "on") !== seen.on_duty;
    });
  }

  function line(one) {
    var item = make("li", "line " + one.speaker);
    item.dataset.number = one.number;
    var at = new Date(one.at * 1000).toISOString().slice(11, 16);
    item.append(make("span", "who", word("speaker/" + one.speaker) + " · " + at));
    var text = make("p", "", one.text);
    text.dir = "auto";
    item.append(text);
    one.attachments.forEach(function (kind) {
      item.append(make("p", "attachment", word("attachment").replace("{kind}", kind)));
    });
    if (one.speaker === "responder") {
      item.append(make("span", "delivery " + one.delivery, word("delivery/" + one.delivery)));
    }
    return item;
  }

  function talk(event) {
    var seen = JSON.parse(event.data);
    document.querySelector(".gone").hidden = seen.open;
    document.querySelectorAll(".answer, .close, .release").forEach(function (part) { part.hidden = !seen.open; });
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
