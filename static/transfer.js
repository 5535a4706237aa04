// Packets of partners on the board, and whether what stands beside a talk is still so. Text only ever enters as text.
(function () {
  "use strict";
  var store = document.querySelector(".packet-words");

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

  function level(name) {
    var found = document.getElementById("words");
    var known = found && found.content.querySelector('[data-word="level/' + name + '"]');
    return known ? known.textContent : name;
  }

  function card(one) {
    var item = make("li", "card " + one.level);
    item.dataset.id = one.id;
    var rank = make("p", "rank");
    rank.append(make("span", "level", level(one.level)));
    var at = new Date(one.at * 1000).toISOString().slice(11, 16);
    item.append(rank, make("p", "", word("from").replace("{at}", at).split("{partner}").join(one.partner)));
    var here = "/staff/packets/" + encodeURIComponent(one.id);
    if (one.mine) {
      var link = make("a", "button", word("read"));
      link.href = here;
      item.append(link);
    } else if (one.taken) {
      item.append(make("p", "about", word("taken")));
    } else {
      var form = make("form");
      form.method = "post";
      form.action = here + "/take";
      form.append(make("button", "button", word("take")));
      item.append(form);
    }
    return item;
  }

  var shown = null;
  document.addEventListener("desk:board", function (event) {
    var rows = event.detail.packets || [], list = document.querySelector('[data-list="packets"]');
    var now = JSON.stringify(rows);
    if (!store || !list || now === shown) return;
    shown = now;
    var focused = list.contains(document.activeElement) && document.activeElement.closest("[data-id]");
    list.replaceChildren.apply(list, rows.map(card));
    list.closest(".packets").hidden = !rows.length;
    document.querySelector('[data-count="packets"]').textContent = String(rows.length);
    var again = focused && list.querySelector('[data-id="' + focused.dataset.id + '"] .button');
    if (again) again.focus();
  });

  document.addEventListener("desk:talk", function (event) {
    var panel = document.querySelector(".transfer");
    if (!panel) return;
    panel.hidden = !event.detail.open;
    if (event.detail.open) panel.querySelector(".changed").hidden = event.detail.transfer === panel.dataset.state;
  });
})();
