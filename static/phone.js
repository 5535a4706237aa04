// Keeps the simulated phones of the demo up to date.
(function () {
  "use strict";
  var root = document.querySelector("[data-phones]");
  if (!root || !window.fetch) return;
  var shown = {};

  function show(phones) {
    phones.forEach(function (phone) {
      var now = JSON.stringify(phone.lines);
      if (shown[phone.app] === now) return;
      shown[phone.app] = now;
      var list = root.querySelector('[data-app="' + phone.app + '"]');
      list.replaceChildren.apply(list, phone.lines.map(function (line) {
        var item = document.createElement("li");
        item.className = "line " + line.who;
        var text = document.createElement("p");
        text.dir = "auto";
        text.textContent = line.text;
        item.append(text);
        line.buttons.forEach(function (button) { item.append(press(phone.app, button)); });
        return item;
      }));
      list.scrollTop = list.scrollHeight;
    });
  }

  function press(app, button) {
    var form = document.createElement("form");
    form.method = "post";
    form.action = "/demo/phone";
    [["person", root.dataset.person], ["app", app]].forEach(function (pair) {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = pair[0];
      field.value = pair[1];
      form.append(field);
    });
    var go = document.createElement("button");
    go.className = "choice";
    go.name = "press";
    go.value = button.press;
    go.textContent = button.text;
    form.append(go);
    return form;
  }

  root.querySelectorAll(".talk").forEach(function (list) { list.scrollTop = list.scrollHeight; });
  setInterval(function () {
    if (document.hidden) return;
    fetch(root.dataset.phones).then(function (answer) { return answer.json(); }).then(show).catch(function () {});
  }, 1000);
})();
