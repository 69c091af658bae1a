// Copyright 2026 The Forecourt Authors. SPDX-License-Identifier: Apache-2.0
// Pages work without this file. It adds a button that shows what is typed into password fields, and a warning before a
// session ends.
"use strict";

for (const button of document.querySelectorAll("button[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  const [eye, crossed] = button.querySelectorAll("svg");
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    eye.toggleAttribute("hidden", shown);
    crossed.toggleAttribute("hidden", !shown);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    set(input.type === "password");
    input.focus();
  });
  // Password managers and browsers must see a password field when the form is sent.
  input.form.addEventListener("submit", () => set(false));
}

const warning = document.getElementById("session-warning");
if (warning) {
  const [idle, left, lead] = ["idle", "left", "lead"].map((name) => Number(warning.dataset[name]) * 1000);
  const lastEnd = Date.now() + left;
  let idleEnd = Date.now() + idle;
  let shown = "";
  let before = null; // where the reader was before pressing the warning's button
  document.addEventListener("focusin", ({ target }) => { if (!warning.contains(target)) before = target; });
  const show = (part) => {
    if (part === shown) return;
    shown = part;
    warning.hidden = part === "";
    for (const notice of warning.children) notice.hidden = notice.dataset.part !== part;
  };
  const look = () => {
    const now = Date.now();
    if (now >= Math.min(idleEnd, lastEnd)) show("over");
    else if (now >= lastEnd - lead) show("last");
    else if (now >= idleEnd - lead) show("idle");
    else show("");
  };
  setInterval(look, 1000);
  warning.querySelector("button").addEventListener("click", async () => {
    const answer = await fetch("/session", { redirect: "manual" }).catch(() => null);
    if (answer?.status === 204) idleEnd = Date.now() + idle;
    else if (answer) idleEnd = 0;
    look();
    before?.focus();
  });
}

// Passkeys. The form's own answer says what went wrong; without passkeys in the browser it stays hidden.
if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = true;
  for (const section of document.querySelectorAll("[data-passkeys]")) section.hidden = false;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const { token, passkey } = form.elements;
    const fault = form.querySelector(".fault");
    const ask = async () => {
      const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams({ token: token.value }), redirect: "manual" });
      if (answer.type === "opaqueredirect") location.reload(); // the step is over
      if (!answer.ok) throw new Error(String(answer.status));
      const options = await answer.json();
      return form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    };
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      fault.hidden = true;
      try {
        passkey.value = JSON.stringify(await ask());
        form.submit();
      } catch {
        fault.hidden = false;
      }
    });
  }
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
