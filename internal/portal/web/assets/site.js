// Copyright 2026 The Forecourt Authors. SPDX-License-Identifier: Apache-2.0
// Pages work without this file: it only adds a button that shows what is typed into password fields.
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
