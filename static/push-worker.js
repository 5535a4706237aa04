// Shows that somebody waits. A push brings no content, so there is nothing here that could tell more.
"use strict";

self.addEventListener("push", function (event) {
  event.waitUntil(self.registration.showNotification("Somebody waits", {
    body: "Open the console.",
    tag: "waits",
    renotify: true,
    requireInteraction: true
  }));
});

self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  event.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(function (open) {
    var console = open.find(function (one) { return new URL(one.url).pathname.indexOf("/staff/") === 0; });
    return console ? console.focus() : self.clients.openWindow("/staff/");
  }));
});
