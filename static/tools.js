// The desk stays where it is: forms are sent without leaving the page, and another contact is opened in its place, so that what
// is half written in one stays in this page's memory. It is stored nowhere and sent to nobody.
(function () {
  "use strict";
  var drafts = {};
  var leaving = false;
  var busy = false;
  var next = [];
  var under = "";

  function main() { return document.querySelector("main.contact"); }
  function here() { return main() ? main().dataset.contact : ""; }
  function box() { return document.getElementById("answer"); }

  function fields() { return Array.prototype.slice.call(document.querySelectorAll("main.contact textarea[id]:not([readonly])")); }

  function keep() {
    var texts = {};
    fields().forEach(function (one) { if (one.value.trim() && one.value !== one.defaultValue) texts[one.id] = one.value; });
    if (Object.keys(texts).length) drafts[here()] = texts;
    else delete drafts[here()];
  }

  function restore() {
    var texts = drafts[here()] || {};
    fields().forEach(function (one) {
      if (!texts[one.id]) return;
      one.value = texts[one.id];
      var tool = one.closest("details");
      if (tool) tool.open = true;
    });
  }

  function typed() {
    keep();
    return under !== "" || Object.keys(drafts).length > 0;
  }

  window.addEventListener("beforeunload", function (event) {
    if (!leaving && typed()) event.preventDefault();
  });

  // A page that was asked for may be given up; an answer that was sent may not, since it may have arrived.
  var LONGEST = 15000;

  // A page of the console as a document: a browser parses it for us and runs nothing of it.
  function ask(method, address, body, done, failed) {
    var request = new XMLHttpRequest();
    busy = true;
    request.open(method, address);
    request.responseType = "document";
    if (method === "GET") request.timeout = LONGEST;
    if (body) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onload = function () {
      busy = false;
      done(request.response, request.status, request.responseURL);
      turn();
    };
    request.onerror = request.ontimeout = function () {
      busy = false;
      next = [];
      if (main()) main().inert = false;
      if (failed) failed();
      var trouble = document.querySelector(".trouble");
      if (trouble) trouble.hidden = false;
    };
    request.send(body);
  }

  // One thing after the other: what is pressed meanwhile is done in its turn.
  function turn() {
    while (!busy && !leaving && next.length) next.shift()();
  }

  function go(address) {
    leaving = true;
    window.location.assign(address);
  }

  // Another contact in the place of this one, with what was half written to it.
  function show(fresh) {
    keep();
    var open = openTools();
    var made = document.adoptNode(fresh);
    made.querySelectorAll("script").forEach(function (one) { one.remove(); });
    keepQueue(made);
    main().replaceWith(made);
    restore();
    if (open.phrases) made.querySelectorAll('[data-tool="phrases"]').forEach(function (one) { one.open = true; });
    document.dispatchEvent(new CustomEvent("desk:opened"));
    if (box()) box().focus();
  }

  // The queue is the same beside every contact, and live: it stays.
  function keepQueue(made) {
    var old = document.querySelector(".side");
    var side = made.querySelector(".side");
    if (!old || !side) return;
    Array.prototype.slice.call(side.children).forEach(function (one) { if (!one.matches(".tools")) one.remove(); });
    side.append.apply(side, Array.prototype.filter.call(old.children, function (one) { return !one.matches(".tools"); }));
  }

  function openTools() {
    var open = {};
    document.querySelectorAll("[data-tool]").forEach(function (one) { if (one.open) open[one.dataset.tool] = true; });
    return open;
  }

  function switchTo(id, push) {
    // What is typed from here on is meant for the other person: it must not land in this one's box.
    main().inert = true;
    if (busy) return next.push(function () { switchTo(id, push); });
    var address = "/staff/contacts/" + encodeURIComponent(id);
    ask("GET", address, null, function (page, status, reached) {
      var fresh = page && page.querySelector("main.contact");
      if (status !== 200 || !fresh) return go(reached || address);
      show(fresh);
      if (push) window.history.pushState(null, "", address);
    });
  }

  // A part of the page anew, as the server has it now; what was typed into it is kept unless it was taken.
  function renew(name, page) {
    var old = document.querySelector('[data-part="' + name + '"]');
    var fresh = page.querySelector('[data-part="' + name + '"]');
    if (!old || !fresh) return;
    var open = old.open;
    var focused = old.contains(document.activeElement) && place(old, document.activeElement);
    fresh = document.adoptNode(fresh);
    if (open !== undefined) fresh.open = open;
    old.replaceWith(fresh);
    var again = focused !== false && fresh.querySelectorAll("button, input, select, textarea, summary")[focused];
    if (again) again.focus();
  }

  // What a tool shows may have changed since the page came: who is there, above all. It is asked for when the tool is opened.
  document.addEventListener("toggle", function (event) {
    var part = event.target.open && event.target.dataset.fresh;
    if (!part || !main() || !main().contains(event.target)) return;
    var look = function () {
      ask("GET", "/staff/contacts/" + encodeURIComponent(here()), null, function (page, status) {
        if (status === 200 && page) renew(part, page);
      });
    };
    if (busy) next.push(look);
    else look();
  }, true);

  function place(root, element) {
    return Array.prototype.indexOf.call(root.querySelectorAll("button, input, select, textarea, summary"), element);
  }

  function send(form, button) {
    if (busy) return next.push(function () { send(form, button); });
    if (!document.contains(form)) return;
    var body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.set(button.name, button.value);
    var answering = form.dataset.stay === "answer";
    if (answering) {
      if (!box().value.trim()) return;
      under = box().value;
      box().value = "";
    }
    form.setAttribute("aria-busy", "true");
    ask("POST", form.action, body.toString(), function (page, status, reached) {
      form.removeAttribute("aria-busy");
      if (answering && status >= 400) back();
      under = "";
      var fresh = page && page.querySelector("main.contact");
      if (!fresh || fresh.dataset.contact !== here()) return other(page, reached, form.action);
      renew("notice", page);
      if (form.dataset.stay && !answering && (status < 400 || form.dataset.stay !== "note")) renew(form.dataset.stay, page);
      keep();
      if (answering) box().focus();
      document.dispatchEvent(new CustomEvent("desk:renewed"));
    }, function () {
      form.removeAttribute("aria-busy");
      if (answering) back();
    });
  }

  // What could not be sent stands in the box again, before what was typed meanwhile.
  function back() {
    if (box()) box().value = under + (box().value ? "\n" + box().value : "");
    under = "";
  }

  // Something else came back: what it says stands in the place of the contact. Signed out, or gone: there we go.
  function other(page, reached, action) {
    var fresh = page && page.querySelector("main");
    if (!fresh || reached !== action) return go(reached || "/staff/");
    var made = document.adoptNode(fresh);
    main().replaceWith(made);
    var alert = made.querySelector("[role=alert]");
    if (alert) {
      alert.tabIndex = -1;
      alert.focus();
    }
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.stay === undefined || !main()) {
      if (here() && form.action.indexOf("/staff/contacts/" + here() + "/") >= 0) delete drafts[here()];
      var rest = Object.keys(drafts).filter(function (id) { return id !== here(); });
      leaving = rest.length === 0;
      return;
    }
    event.preventDefault();
    send(form, event.submitter);
  });

  document.addEventListener("click", function (event) {
    var insert = event.target.closest("[data-insert]");
    if (insert && box()) {
      var text = box().value;
      box().value = text + (text && !/\n$/.test(text) ? "\n" : "") + insert.dataset.insert;
      box().focus();
      return;
    }
    var link = event.target.closest("a[href]");
    var id = link && main() && main().contains(link) && contactOf(link.pathname);
    if (!id || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (id !== here() || !event.target.closest("[data-tab]")) switchTo(id, id !== here());
  });

  function contactOf(path) {
    var found = /^\/staff\/contacts\/(\w+)$/.exec(path);
    return found ? found[1] : "";
  }

  window.addEventListener("popstate", function () {
    var id = contactOf(window.location.pathname);
    if (id && main()) switchTo(id, false);
    else go(window.location.href);
  });

  document.addEventListener("keydown", function (event) {
    if (event.target === box() && event.key === "Enter" && (event.ctrlKey || event.metaKey)) box().form.requestSubmit();
  });

  // The tabs, each time the board comes.
  function tabs(mine) {
    var list = document.querySelector("[data-tabs]");
    if (!list) return;
    var shown = mine.filter(function (one) { return one.part !== "asked"; });
    Object.keys(drafts).forEach(function (id) {
      if (id !== here() && !shown.some(function (one) { return one.id === id; })) delete drafts[id];
    });
    var wanted = JSON.stringify(shown.map(function (one) { return [one.id, one.level, one.language, one.unanswered]; }));
    if (list.dataset.shown === wanted) return;
    list.dataset.shown = wanted;
    var focused = list.contains(document.activeElement) && document.activeElement.dataset.tab;
    list.replaceChildren.apply(list, shown.map(tab));
    var again = focused && list.querySelector('[data-tab="' + focused + '"]');
    if (again) again.focus();
  }

  function tab(one, at) {
    var make = window.desk.make;
    var word = window.desk.word;
    var item = make("li");
    var link = make("a", "tab " + one.level);
    link.href = "/staff/contacts/" + encodeURIComponent(one.id);
    link.dataset.tab = one.id;
    if (one.id === here()) link.setAttribute("aria-current", "page");
    var dot = make("span", "dot");
    dot.setAttribute("aria-hidden", "true");
    link.append(dot);
    if (one.unanswered) link.append(make("span", "mark new", talkWord("tabs/unanswered")));
    var language = one.language ? word("language/" + one.language) : word("language/unknown");
    link.append(make("span", "about", [word("level/" + one.level), word("channel/" + one.channel), language].join(" · ")));
    if (at < 9) link.append(" ", make("kbd", "", String(at + 1)));
    item.append(link);
    return item;
  }

  function talkWord(key) {
    var own = document.getElementById("talk-words");
    var found = own && own.content.querySelector('[data-word="' + key + '"]');
    return found ? found.textContent : key;
  }

  document.addEventListener("desk:board", function (event) { tabs(event.detail.mine); });

  function begin() {
    document.querySelectorAll("[data-insert]").forEach(function (one) { one.hidden = false; });
  }

  document.addEventListener("desk:opened", begin);
  document.addEventListener("desk:renewed", begin);
  begin();
})();
