// "Alert me in this browser": asks the browser for its address at its push service, and puts it into the form.
(function () {
  "use strict";
  var form = document.getElementById("browser");
  if (!form) return;
  var ADDRESS = "/staff/push-worker.js";
  var button = form.querySelector("button");
  var told = document.getElementById("browser-told");

  function tell(why) { told.textContent = form.dataset[why]; }

  if (!window.isSecureContext || !navigator.serviceWorker || !window.PushManager || !window.Notification) {
    tell("cannot");
    return;
  }
  button.disabled = false;

  // The page trusts no address of a script but this one.
  function trusted() {
    if (!window.trustedTypes) return ADDRESS;
    return window.trustedTypes.createPolicy("push-worker", {
      createScriptURL: function (address) {
        if (address !== ADDRESS) throw new TypeError("another address");
        return address;
      }
    }).createScriptURL(ADDRESS);
  }

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }

  function subscribe(manager) {
    return manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) });
  }

  // A browser that was added under another key must let go of it first.
  function subscribed(manager) {
    return subscribe(manager).catch(function (fault) {
      return manager.getSubscription().then(function (old) {
        if (!old) throw fault;
        return old.unsubscribe().then(function () { return subscribe(manager); });
      });
    });
  }

  function ask() {
    return window.Notification.requestPermission().then(function (answer) {
      if (answer !== "granted") { tell("denied"); return undefined; }
      return navigator.serviceWorker.register(trusted(), { scope: "/staff/" })
        .then(function () { return navigator.serviceWorker.ready; })
        .then(function (ready) { return subscribed(ready.pushManager); })
        .then(function (subscription) {
          form.elements.endpoint.value = subscription.endpoint;
          form.submit();
        });
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    button.disabled = true;
    ask().catch(function () { tell("failed"); }).then(function () { button.disabled = false; });
  });
})();
