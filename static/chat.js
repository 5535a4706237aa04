// The chat by itself: words leave by fetch, answers arrive by themselves, and leaving is one tap. Without this script
// every form works as it is. Nothing is kept: the token lives in this function and dies with the page.
"use strict";
(function () {
  if (!window.fetch || !window.AbortController || !document.body.replaceChildren) return;
  var root = document.documentElement;
  var talk = null, token = "", once = "", shown = "", after = 0;
  var order = null, wake = null, person = false, ended = true, stream = null, tries = 0, landed = false, gone = false;
  var PATIENCE = 15000, SILENCE = 50000, LONGEST = 30000;

  function part(name) { return talk && talk.querySelector('[data-part="' + name + '"]'); }
  function label(name) {
    var found = document.querySelector('[data-word="' + name + '"]');
    return found ? found.textContent : "";
  }
  function make(tag, kind, text) {
    var one = document.createElement(tag);
    if (kind) one.className = kind;
    if (text !== undefined) one.textContent = text;
    return one;
  }
  function later(seconds) { return new Promise(function (done) { wake = done; setTimeout(done, seconds * 1000); }); }
  function pause(number) { return Math.min(30, Math.pow(2, number)) * (0.5 + Math.random() / 2); }

  function form(fields) {
    var all = Object.assign({ lang: root.lang }, fields);
    if (token) Object.assign(all, { token: token, once: once, after: String(after) });
    if (token && shown) all.shown = shown;
    return new URLSearchParams(all);
  }
  function ask(body, accept, signal) {
    return fetch("/", { method: "POST", body: body, headers: { Accept: accept }, signal: signal,
      cache: "no-store", credentials: "omit", redirect: "error" });
  }

  // ---- What is shown ----
  function say(text) { part("state").textContent = text; part("state").hidden = !text; }
  function tell(text) {
    var notice = document.querySelector(".notice");
    notice.hidden = !text;
    notice.textContent = text || "";
  }
  function line(mine, text, at) {
    var item = make("li", "line " + (mine ? "caller" : "responder"));
    item.append(make("span", "who", label(mine ? "you" : "us") + (at ? " · " + at : "")));
    var words = make("p", "", text);
    words.dir = "auto";
    item.append(words);
    if (mine) item.append(make("span", "mark", label("received")));
    return item;
  }
  function message(parts) {
    var item = make("li", "line bot");
    parts.forEach(function (text) { item.append(make("p", "", text)); });
    return item;
  }
  function choices(buttons) {
    part("choices").replaceChildren.apply(part("choices"), buttons.map(function (one) {
      var button = make("button", "choice" + (buttons.length > 9 ? " small" : ""));
      button.name = "choice";
      button.value = one[0];
      button.append(make("span", "number", String(one[1])), " ", make("span", "", one[2]));
      return button;
    }));
  }
  function relabel(answer) {
    root.lang = answer.language;
    root.dir = answer.direction;
    Object.keys(answer.labels).forEach(function (name) {
      document.querySelectorAll('[data-word="' + name + '"]').forEach(function (one) {
        one.textContent = answer.labels[name];
      });
    });
  }
  function toggle(name, on) { part(name).hidden = !on; }

  function apply(answer, own) {
    if (!answer.once && ended) return;
    if (answer.language) relabel(answer);
    if (answer.once) { token = answer.token; once = answer.once; shown = answer.shown; }
    var list = part("lines"), first = null;
    if (answer.fresh) { list.replaceChildren(); after = 0; }
    function add(item) { list.append(item); first = first || item; }
    answer.lines.forEach(function (one) {
      if (one.number <= after) return;
      after = one.number;
      if (one.mine) { own = ""; landed = true; }
      add(line(one.mine, one.text, one.at));
    });
    if (own && !answer.fresh && !answer.notice) add(line(true, own, ""));
    answer.messages.forEach(function (parts) { add(message(parts)); });
    if (answer.buttons) choices(answer.buttons);
    person = answer.person;
    ended = answer.ended;
    if (answer.once) {
      tell(answer.notice);
      toggle("code", answer.code.length);
      part("digits").replaceChildren.apply(part("digits"), answer.code.map(function (four) { return make("span", "", four + " "); }));
    }
    toggle("keep", answer.keep);
    toggle("ended", ended);
    toggle("open", !ended);
    toggle("returned", !ended && shown);
    toggle("hides", shown !== "all");
    part("returned").querySelector("[value=show]").hidden = shown === "all";
    part("returned").querySelector("[value=hide]").hidden = shown !== "all";
    if (ended) { token = ""; shown = ""; toggle("code", false); }
    var last = answer.code.length ? part("code") : answer.once && !first ? null : first;
    if (last) last.scrollIntoView({ block: "nearest" });
    listen();
  }

  // The talk's own parts, whether the server wrote them into this page or they wait in a template.
  function enter() {
    if (talk) return;
    var waiting = document.querySelector("template");
    if (waiting) {
      var main = document.getElementById("text");
      main.replaceChildren(document.importNode(waiting.content, true), document.querySelector('[data-part="words"]'));
      document.querySelectorAll("nav.languages").forEach(function (one) { one.remove(); });
    }
    talk = document.querySelector('[data-part="talk"]');
    document.querySelectorAll("[name=token], [name=once], [name=after], [name=shown]").forEach(function (one) { one.remove(); });
    part("check").hidden = true;
    words().removeAttribute("name");
  }
  function words() { return document.getElementById("words"); }
  function typing(can) {
    if (!talk) return;
    words().readOnly = !can;
    talk.setAttribute("aria-busy", String(!can));
  }

  // ---- What is sent ----
  // One order at a time. It is tried until it is answered, always with the same `once`, so that nothing is sent twice.
  function give(wanted) {
    if (order && wanted.do !== "delete") { if (wake) wake(); return; }
    order = wanted;
    landed = false;
    var field = talk && words();
    if (wanted.text !== undefined) field.value = "";
    if (talk) say(label("sending"));
    carry(wanted, form(wanted.fields));
  }
  async function carry(mine, body) {
    typing(false);
    for (var number = 0; order === mine && !gone; number += 1) {
      var ready = await tried(body);
      if (order !== mine || gone) return;
      if (ready) { order = null; typing(true); answered(mine, ready); return; }
      if (talk) {
        if (mine.text !== undefined) words().value = mine.text;
        say(label("offline"));
      } else {
        tell(label("offline"));
      }
      await later(pause(number));
    }
  }
  async function tried(body) {
    var patience = new AbortController(), clock = setTimeout(function () { patience.abort(); }, PATIENCE);
    try {
      var response = await ask(body, "application/json", patience.signal);
      var answer = await response.json();
      return response.status === 503 && !answer.wrong ? null : answer;
    } catch (_) {
      return null;
    } finally {
      clearTimeout(clock);
    }
  }
  function answered(mine, answer) {
    if (talk) say("");
    if (answer.wrong || answer.failed) {
      tell(answer.wrong || answer.failed);
      if (mine.text !== undefined) words().value = mine.text;
      return;
    }
    enter();
    if (mine.text !== undefined) words().value = answer.draft;
    apply(answer, landed ? "" : mine.own);
    if (mine.text === undefined) talk.focus({ preventScroll: true });
  }

  document.addEventListener("submit", function (event) {
    var button = event.submitter, deed = button && button.name === "do" ? button.value : "send";
    if (event.target.closest("nav")) return;
    event.preventDefault();
    if (deed === "return") {
      var code = document.getElementById("code");
      give({ do: deed, fields: { do: deed, code: code.value } });
      code.value = "";
    } else if (button && button.name === "choice") {
      var chosen = button.querySelector("span:last-child").textContent;
      give({ do: "send", own: chosen, fields: { do: "send", choice: button.value } });
    } else if (deed === "send") {
      var text = words().value;
      give({ do: deed, own: text, text: text, fields: { do: deed, text: text } });
    } else {
      if (deed === "begin" || deed === "show" || deed === "hide") after = 0;
      if (deed === "begin") token = "";
      give({ do: deed, fields: { do: deed } });
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "words") {
      event.target.form.requestSubmit();
    }
  });
  window.addEventListener("online", function () { if (wake) wake(); listen(); });

  // ---- What arrives by itself ----
  function deaf() { if (stream) { stream.abort(); stream = null; } }
  async function listen() {
    if (stream || ended || !person || gone || document.hidden) return;
    var mine = stream = new AbortController(), clock = 0;
    function alive() {
      clearTimeout(clock);
      clock = setTimeout(function () { mine.abort(); }, SILENCE);
    }
    try {
      alive();
      var response = await ask(form({ do: "live" }), "text/event-stream", mine.signal);
      if (!response.ok || !response.body) throw new Error();
      await events(response.body.getReader(), mine, alive);
    } catch (_) {
      tries += 1;
    } finally {
      clearTimeout(clock);
    }
    if (stream !== mine) return;
    stream = null;
    if (talk && !ended) { hear(false); setTimeout(listen, pause(tries) * 1000); }
  }
  async function events(reader, mine, alive) {
    var decoder = new TextDecoder(), text = "";
    for (;;) {
      var piece = await reader.read();
      if (piece.done || stream !== mine) return;
      alive();
      text += decoder.decode(piece.value, { stream: true });
      var whole = text.split("\n\n");
      text = whole.pop();
      whole.forEach(function (event) {
        tries = 0;
        if (stream !== mine) return;
        hear(true);
        var data = event.match(/^data: (.*)$/m);
        if (data) apply(JSON.parse(data[1]), "");
      });
    }
  }
  // Where answers cannot come by themselves, the button is there to look for them.
  function hear(on) {
    toggle("check", !on && person);
    if (!order) say(on ? label("live") : "");
  }
  document.addEventListener("visibilitychange", function () {
    // A page that nobody looks at holds no line open.
    if (document.hidden) setTimeout(function () { if (document.hidden) deaf(); }, 10000);
    else { tries = 0; listen(); }
  });

  // ---- Leaving (leave.js has covered the page and goes on) ----
  document.addEventListener("leaving", function () {
    var body = token && !ended ? form({ do: "leave" }) : null;
    token = "";
    if (body) end(body);
  });
  document.addEventListener("covered", function () { gone = true; deaf(); });
  // The browser carries it even when this page is no longer there.
  function end(body) {
    if (navigator.sendBeacon && navigator.sendBeacon("/", body)) return;
    var how = { method: "POST", body: body, credentials: "omit" };
    try {
      if (window.fetchLater) window.fetchLater("/", Object.assign({ activateAfter: 0 }, how));
      else fetch("/", Object.assign({ keepalive: true }, how)).catch(function () {});
    } catch (_) { /* the talk ends by itself when it has been quiet */ }
  }

  if (document.querySelector('main > [data-part="talk"]')) {
    var given = document.querySelector("main [name=token]"), next = document.querySelector("main [name=once]");
    var seen = document.querySelector("main [name=shown]"), found = document.querySelectorAll("main [data-number]");
    token = given ? given.value : "";
    once = next ? next.value : "";
    shown = seen ? seen.value : "";
    if (found.length) after = Number(found[found.length - 1].dataset.number);
    enter();
    person = "person" in talk.dataset;
    ended = "ended" in talk.dataset;
    listen();
  }
})();
