// One talk, live: draws what the server tells of its lines. Text only ever enters the page as text, and nothing becomes a link.
(function () {
  "use strict";
  var make = window.desk.make;

  function main() { return document.querySelector("main.contact"); }

  function word(key) {
    var own = document.getElementById("talk-words");
    var found = own && own.content.querySelector('[data-word="' + key + '"]');
    return found ? found.textContent : window.desk.word(key);
  }

  function isolated(className, text) {
    var element = make("bdi", className, text);
    element.dir = "ltr";
    return element;
  }

  function form(deed, className) {
    var made = make("form", className);
    made.method = "post";
    made.action = "/staff/contacts/" + encodeURIComponent(main().dataset.contact) + "/" + deed;
    made.dataset.stay = "";
    return made;
  }

  function describe() {
    var made = form("describe", "describe");
    made.append(document.querySelector('.answer [name="fence"]').cloneNode(), make("button", "quiet", word("attachment/ask")));
    return made;
  }

  function askBack(one) {
    var made = form("back", "back");
    var button = make("button", "quiet", word("machine/ask"));
    button.name = "number";
    button.value = one.number;
    made.append(button);
    return made;
  }

  function piece(one) {
    if (one.kind === "") return document.createTextNode(one.text);
    if (one.kind === "sign") {
      var sign = make("bdi", "sign", one.text);
      sign.title = word("link/sign");
      return sign;
    }
    var shown = isolated("inert " + one.kind + (one.odd.length ? " odd" : ""), one.parts[0]);
    if (one.parts[1]) shown.append(make("b", "", one.parts[1]));
    shown.append(one.parts[2]);
    return shown;
  }

  function said(one) {
    var text = make("p", "said");
    text.dir = "auto";
    if (!one.links.length) {
      text.textContent = one.text;
      return [text];
    }
    one.links.forEach(function (part) { text.append(piece(part)); });
    var odd = one.links.filter(function (part) { return part.odd && part.odd.length; }).map(function (part) {
      var line = make("p", "oddity");
      line.append(isolated("", part.parts[1] || part.text), ": ");
      part.odd.forEach(function (row) { line.append(word("link/" + row[0]).replace("{detail}", row[1]) + " "); });
      return line;
    });
    return [text].concat(odd);
  }

  function machine(label, text) {
    var line = make("p", "machine");
    line.lang = "en";
    line.dir = "auto";
    line.append(make("small", "", word(label)), " " + text);
    return line;
  }

  function head(one) {
    var who = make("span", "who", word("speaker/" + one.speaker));
    if (one.by) who.append(" · ", make("bdi", "", one.by));
    who.append(" · " + new Date(one.at * 1000).toISOString().slice(11, 16));
    if (one.edited) who.append(" · ", make("span", "edited", word("edited")));
    if (one.speaker === "note") who.append(" · ", make("span", "only", word("note/only")));
    return who;
  }

  function line(one) {
    var item = make("li", "line " + one.speaker);
    item.dataset.number = one.number;
    item.dataset.state = one.state;
    item.append(head(one));
    if (one.translated) {
      var pair = make("div", "pair");
      pair.append.apply(pair, said(one).concat(machine("machine", one.translated)));
      item.append(pair);
    } else item.append.apply(item, said(one));
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
    if (one.back) item.append(machine("machine/back", one.back));
    else if (one.back_waited) item.append(machine("machine/waited", ""));
    else if (main().dataset.translation === "reads" && one.speaker === "responder" && !one.english) item.append(askBack(one));
    if (one.speaker === "responder") {
      item.append(make("span", "delivery " + one.delivery, word("delivery/" + one.delivery)));
    }
    return item;
  }

  function signals(list) {
    var place = document.querySelector("[data-signals]");
    var wanted = JSON.stringify(list);
    if (!place || place.dataset.shown === wanted) return;
    place.dataset.shown = wanted;
    place.hidden = !list.length;
    place.replaceChildren.apply(place, list.map(function (one) {
      var item = make("li");
      item.append(make("span", "signal", word("signal/" + one.code)));
      if (one.model) item.append(" " + word("evidence/model").replace("{likely}", one.model));
      else if (one.evidence) {
        var words = make("q", "", one.evidence);
        words.dir = "auto";
        item.append(" ", words);
        if (one.rule) item.append(" ", make("small", "", word("evidence/rule").replace("{rule}", one.rule)));
      }
      return item;
    }));
  }

  function talk(seen) {
    var root = main();
    var list = document.querySelector('[data-list="lines"]');
    if (!root || !list) return;
    document.querySelector(".gone").hidden = seen.open;
    root.querySelectorAll(".answer, .tool, .close, .release").forEach(function (part) { part.hidden = !seen.open; });
    if (!seen.open) {
      list.replaceChildren();
      signals([]);
      return;
    }
    var atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    seen.lines.forEach(function (one) {
      var old = list.querySelector('[data-number="' + one.number + '"]');
      if (!old) list.append(line(one));
      else if (old.dataset.state !== one.state) old.replaceWith(line(one));
    });
    if (atEnd) list.scrollTop = list.scrollHeight;
    // Who stays when the owner leaves goes on as they are: this page shows what there is, so its answers are not from before.
    root.querySelectorAll('[name="fence"]').forEach(function (one) { one.value = String(seen.fence); });
    document.querySelector(".opted-out").hidden = !seen.opted_out;
    document.querySelector(".notice.window").hidden = !seen.window;
    document.querySelector(".notice.hushed").hidden = !seen.hushed;
    document.querySelector("[data-level]").textContent = word("level/" + seen.level);
    document.querySelector(".contact .about").className = "about " + seen.level;
    signals(seen.signals);
  }

  document.addEventListener("desk:talk", function (event) { talk(event.detail); });

  function begin() {
    var list = document.querySelector('[data-list="lines"]');
    if (list) list.scrollTop = list.scrollHeight;
  }

  document.addEventListener("desk:opened", begin);
  begin();
})();
