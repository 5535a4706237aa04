// The supervisor's pages, live; and on every board and talk, which channels are paused and who reads along.
// Text only ever enters the page as text.
(function () {
  "use strict";

  function clock(at) {
    return new Date(at * 1000).toISOString().slice(11, 16);
  }

  // On a board: the banner of paused channels.
  document.addEventListener("desk:board", function (event) {
    var banner = document.querySelector('[data-banner="paused"]');
    if (!banner) return;
    var paused = event.detail.paused || {};
    banner.hidden = Object.keys(paused).length === 0;
    banner.querySelectorAll("[data-paused]").forEach(function (part) {
      var until = paused[part.dataset.paused];
      part.hidden = !until;
      if (until) part.querySelector("[data-until]").textContent = clock(until);
    });
  });

  // In a talk: who reads along.
  document.addEventListener("desk:talk", function (event) {
    var notice = document.querySelector("[data-reading]");
    if (!notice) return;
    var names = event.detail.reading || [];
    notice.hidden = names.length === 0;
    notice.querySelector("[data-names]").textContent = names.join(", ");
  });

  var shift = document.querySelector("[data-shift]");
  var read = document.querySelector("[data-read]");
  var store = document.getElementById("shift-words");
  if (!(shift || read) || !store || !window.EventSource) return;

  function word(key) {
    var found = store.content.querySelector('[data-word="' + key + '"]');
    return found ? found.textContent : key;
  }

  function said(field, value) {
    if (value === null || value === undefined) value = "";
    if (!field.dataset.w) return String(value);
    var values = Array.isArray(value) ? value : [value];
    return values.map(function (one) { return word(field.dataset.w + "/" + one); }).join(", ");
  }

  // One row: texts by data-f, parts that come and go by data-if, forms by data-do.
  function paint(item, row) {
    if (row.level) item.className = (item.tagName === "LI" ? "card " : "") + row.level;
    item.querySelectorAll("[data-f]").forEach(function (field) {
      var text = said(field, row[field.dataset.f]);
      if (field.textContent !== text) field.textContent = text;
    });
    item.querySelectorAll("[data-if]").forEach(function (part) { part.hidden = !row[part.dataset.if]; });
    item.querySelectorAll("[data-do]").forEach(function (form) {
      form.action = "/staff/supervise/" + encodeURIComponent(row.id) + "/" + form.dataset.do;
    });
  }

  // Rows stay where they are under somebody's hand: nothing is drawn anew that is there already.
  function fill(list, rows) {
    var pattern = document.getElementById(list.dataset.from);
    var known = {};
    Array.from(list.children).forEach(function (item) { known[item.dataset.id] = item; });
    var items = rows.map(function (row) {
      var item = known[row.id];
      if (!item) {
        item = pattern.content.firstElementChild.cloneNode(true);
        item.dataset.id = row.id;
      }
      paint(item, row);
      return item;
    });
    var same = items.length === list.children.length && items.every(function (item, at) { return item === list.children[at]; });
    var held = list.contains(document.activeElement) || list.querySelector("details[open]");
    if (same) return;
    if (!held) { list.replaceChildren.apply(list, items); return; }
    Array.from(list.children).forEach(function (item) { if (items.indexOf(item) < 0) item.remove(); });
    items.forEach(function (item) { if (!item.parentElement) list.append(item); });
  }

  function total(name, value) {
    document.querySelector('[data-total="' + name + '"]').textContent = String(value);
  }

  function load(event) {
    var seen = JSON.parse(event.data);
    total("on_duty", seen.on_duty);
    total("waiting", seen.waiting);
    total("scripted", seen.scripted);
    total("held", seen.held.length);
    seen.waits.forEach(function (row) {
      paint(document.querySelector('[data-list="waits"] [data-id="' + row.level + '"]'), row);
    });
    seen.held.forEach(function (row) {
      row.answered = row.unanswered === null;
      row.calm = !row.answered && !row.late;
    });
    fill(document.querySelector('[data-list="held"]'), seen.held);
    document.querySelector('[data-empty="held"]').hidden = seen.held.length > 0;
    seen.people.forEach(function (row) {
      row.away = !row.here && row.seen !== null;
      row.out = !row.here && row.seen === null;
    });
    fill(document.querySelector('[data-list="people"]'), seen.people);
    document.querySelectorAll("[data-rung]").forEach(function (rung) {
      rung.textContent = (seen.ladder[rung.dataset.rung] || []).join(", ") || "–";
    });
    document.querySelectorAll("[data-channel]").forEach(function (item) {
      var pause = seen.paused[item.dataset.channel];
      item.querySelector("[data-paused]").hidden = !pause;
      item.querySelector("[data-pause]").hidden = Boolean(pause);
      item.querySelector("[data-resume]").hidden = !pause;
      if (!pause) return;
      item.querySelector("[data-until]").textContent = clock(pause.until);
      item.querySelector("[data-by]").textContent = pause.name;
    });
  }

  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // What looks like an address is shown and cannot be pressed.
  function piece(one) {
    if (one.kind === "") return document.createTextNode(one.text);
    var shown = make("bdi", one.kind === "sign" ? "sign" : "inert " + one.kind + (one.odd.length ? " odd" : ""));
    if (one.kind === "sign") {
      shown.textContent = one.text;
      shown.title = word("link/sign");
      return shown;
    }
    shown.dir = "ltr";
    shown.append(one.parts[0]);
    if (one.parts[1]) shown.append(make("b", "", one.parts[1]));
    shown.append(one.parts[2]);
    return shown;
  }

  function spoken(one) {
    var text = make("p", "said", one.links.length ? "" : one.text);
    text.dir = "auto";
    one.links.forEach(function (part) { text.append(piece(part)); });
    return [text].concat(one.links.filter(function (part) { return part.odd && part.odd.length; }).map(function (part) {
      var about = make("p", "oddity");
      var host = make("bdi", "", part.parts[1] || part.text);
      host.dir = "ltr";
      about.append(host, ": ");
      part.odd.forEach(function (row) { about.append(word("link/" + row[0]).replace("{detail}", row[1]) + " "); });
      return about;
    }));
  }

  function line(one) {
    var item = make("li", "line " + one.speaker);
    item.dataset.number = one.number;
    var named = one.speaker === "responder" && one.by;
    var who = make("span", "who", named ? "" : word("speaker/" + one.speaker));
    if (one.by) who.append(named ? "" : " · ", make("bdi", "", one.by));
    who.append(" · " + clock(one.at));
    item.append(who);
    item.append.apply(item, spoken(one));
    var english = one.english && one.english !== one.text ? one.english : "";
    if (english || one.translated) {
      var below = make("p", "english", english || one.translated);
      if (!english) below.append(" ", make("small", "", "(" + word("machine") + ")"));
      below.lang = "en";
      below.dir = "ltr";
      item.append(below);
    }
    one.attachments.forEach(function (kind) {
      item.append(make("p", "attachment", word("attachment").replace("{kind}", kind)));
    });
    return item;
  }

  function talk(event) {
    var seen = JSON.parse(event.data);
    document.querySelector(".gone").hidden = seen.open;
    document.querySelectorAll(".beside").forEach(function (part) { part.hidden = !seen.open; });
    document.querySelector(".whisper .button").hidden = !seen.open;
    var list = document.querySelector("[data-lines]");
    if (!seen.open) { list.replaceChildren(); return; }
    var atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    seen.lines.forEach(function (one) {
      var old = list.querySelector('[data-number="' + one.number + '"]');
      var fresh = line(one);
      if (!old) list.append(fresh);
      else if (old.textContent.replace(/\s+/g, "") !== fresh.textContent.replace(/\s+/g, "")) old.replaceWith(fresh);
    });
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  var source = new EventSource(shift ? shift.dataset.shift : read.dataset.read);
  var trouble = document.querySelector(".trouble");
  source.addEventListener("shift", load);
  if (read) {
    source.addEventListener("read", talk);
    document.querySelector("[data-lines]").scrollTop = 1e9;
  }
  source.addEventListener("beat", function () { document.dispatchEvent(new CustomEvent("desk:beat", { detail: {} })); });
  source.addEventListener("out", function () { source.close(); window.location.assign("/staff/login"); });
  source.addEventListener("trouble", function () { trouble.hidden = false; });
  source.onerror = function () { trouble.hidden = false; };
  source.onopen = function () { trouble.hidden = true; };
})();
