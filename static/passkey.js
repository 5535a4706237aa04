// Passkeys: asks the server for a question, the device for its answer, and brings it back. Without this script there
// are still passwords and codes.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const post = (address, fields) =>
  fetch(address, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" });

function question(options) {
  const asked = { ...options, challenge: bytes(options.challenge) };
  if (options.user) asked.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) asked[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return asked;
}

function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: text(credential.rawId), type, response, clientExtensionResults: {} });
}

async function run(place) {
  const { options, send, kind } = place.dataset;
  const asked = await post(options, {});
  if (!asked.ok) return tell(place, await asked.json());
  const publicKey = question(await asked.json());
  const credential = await (kind === "add"
    ? navigator.credentials.create({ publicKey })
    : navigator.credentials.get({ publicKey }));
  const name = place.querySelector("input")?.value ?? "";
  const sent = await post(send, { answer: answer(credential), name });
  const outcome = await sent.json();
  if (sent.ok) return location.assign(outcome.go);
  return tell(place, outcome);
}

function tell(place, outcome) {
  const notice = place.querySelector("[role=alert]");
  notice.textContent = outcome.told || place.dataset[outcome.why] || place.dataset.failed;
  notice.hidden = false;
}

function begin(place) {
  const button = place.querySelector("button");
  button.addEventListener("click", async () => {
    button.disabled = true;
    place.querySelector("[role=alert]").hidden = true;
    try {
      await run(place);
    } catch (fault) {
      tell(place, { why: fault.name === "InvalidStateError" ? "there" : "failed" });
    }
    button.disabled = false;
  });
  place.hidden = false;
}

if (window.PublicKeyCredential && window.isSecureContext) document.querySelectorAll("[data-kind]").forEach(begin);
